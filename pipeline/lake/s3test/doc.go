// Package s3test runs a real S3 server (versitygw) in front of a temporary folder, for tests of everything that reads
// the lake, and a proxy in front of it that misbehaves on request.
//
// Start reads as its own manual: a Server has one empty bucket, Upload fills it, Env is what a process needs to reach it
// through the AWS SDK's own settings, SetEnv does the same for the test's own process. Server.Proxy puts a Proxy before
// it: it counts requests, and Fault and Before let a test refuse, delay, drop or answer a chosen request, or change the
// bucket at an exact moment.
//
// The server is never skipped: where its binary is missing, the test fails and says how to get it.
package s3test
