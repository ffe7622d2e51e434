package spark

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/fmcg/fmcg/pipeline/lake/s3test"
)

// settings of s3a for a server, as README gives them, without credentials.
func bucketSettings(server *s3test.Server) map[string]string {
	return map[string]string{
		"fs.s3a.endpoint":          server.Endpoint,
		"fs.s3a.endpoint.region":   s3test.Region,
		"fs.s3a.path.style.access": "true",
	}
}

// As a cluster runs it: a process of its own, with Spark's own settings and README's, from a bucket to a bucket.
func TestSparkSubmitRunsABundleOnABucket(t *testing.T) {
	s, server := smallWarehouse(t), s3test.Start(t)
	deliver(t, s.lake, there...)
	server.Upload(t, s.lake, "lake")
	bucket := "s3a://" + server.Bucket
	args := slices.Clone(s.submit)
	for name, value := range bucketSettings(server) {
		args = append(args, "--conf", "spark.hadoop."+name+"="+value)
	}
	args = append(args, "--py-files", filepath.Join(s.bundle, Archive), filepath.Join(s.bundle, Main), "--lake", bucket+"/lake", "--warehouse", bucket+"/warehouse")
	command := exec.Command(filepath.Join(tools(t), "bin", "spark-submit"), args...)
	command.Env = append(os.Environ(), server.Env()...)
	if output, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	mustEqual(t, s.tables, s.published(t), released(t, filepath.Join(server.Dir, server.Bucket, "warehouse")))
}

// Iceberg in a bucket: a step after the first, and what fmcg export writes there.
func TestSparkKeepsIcebergInABucket(t *testing.T) {
	s, server := smallWarehouse(t), s3test.Start(t)
	server.SetEnv(t) // for fmcg export
	settings := bucketSettings(server)
	maps.Copy(settings, map[string]string{
		"fs.s3a.access.key": server.AccessKey, "fs.s3a.secret.key": server.SecretKey,
		"fs.s3.impl": "org.apache.hadoop.fs.s3a.S3AFileSystem", // the addresses in exported tables are s3://
	})
	s.ask(t, map[string]any{"hadoop": settings}, &struct{}{})
	s.useCatalog(t, "bucket", "s3a://"+server.Bucket+"/iceberg")
	s.useCatalog(t, "exported", "s3://"+server.Bucket+"/exported")
	lake := "s3a://" + server.Bucket + "/lake"
	for _, batch := range [][]delivery{there, step} {
		deliver(t, s.lake, batch...)
		server.Upload(t, s.lake, "lake")
		s.run(t, "--lake", lake, "--warehouse", "s3a://"+server.Bucket+"/staging", "--catalog", "bucket")
	}
	published := s.published(t)
	mustEqual(t, s.tables, published, s.read(t, "bucket", s.tables))
	fmcg(t, "export", "s3://"+server.Bucket+"/exported", "--format", "iceberg", "--warehouse", published)
	var gold []string
	for _, table := range s.tables {
		if strings.HasPrefix(table, "gold.") {
			gold = append(gold, table)
		}
	}
	mustEqual(t, gold, published, s.read(t, "exported", gold))
}
