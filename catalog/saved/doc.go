// Package saved keeps queries that people saved, for all users of a warehouse, and the alerts that some of them are.
//
// A Store is a file beside the warehouse, fmcg.queries.yaml: a list that people can read and edit too. It is replaced as a whole,
// by one writer at a time, and its comments stay; a file that cannot be read is never written over. Each query has a version,
// which grows with each change: who changes one names the version they saw, so that nobody's change is lost unseen.
//
// A query belongs to who saved it; operators may change all. One with an alert is changed by operators alone, since what it says
// is told to others.
//
// Start reading at Query, then Store.
package saved
