// Package lake is the listing of what was delivered and a way to read it, over a folder or S3.
//
// # Words
//
// A lake has up to two roots: the parent's and the child's, each a folder or s3://bucket/prefix. A file is ours when it
// lies in a table's folder and ends in .csv or .csv.gz; everything else is ignored, with the reason. A file's name is
// its identity and says nothing of where the lake is: the same files in a folder and on S3 have the same names. An order
// file is known by its base name alone, since it moves from landing/ to processed/; where several places hold one, the
// newest counts and the others are shadowed. The decision table is places, in tables.go.
//
// # The way of a file
//
// Open finds the roots and, for S3, the AWS SDK's settings. List asks each root once and classifies what it says. The
// engine opens File.URI itself, with the Secret of the lake where that is S3; Head is the look at the header line before
// that, Fetch the way for names that the engine would take for a pattern. Move takes an order file that is loaded and
// published from landing/ to processed/. Check walks the same way and says where it ends.
//
// # Promises
//
// Everything that fails returns an *Error that says what, on what, why and what to do, in one line and without any
// secret; its Kind is what callers branch on. How long things may take is in limits.go, and nowhere else: a refusal is
// known within 30 seconds, everything else within 3 minutes.
//
// Move never overwrites and never loses: at every instant the content lies under landing/ or processed/, and what it
// replaces lies beside it under another name. A move that was killed is finished by the next one (Listing.HalfMoved).
//
// # Caveats
//
// Head and Fetch read what lies there now, not what was listed: whoever must not mix two versions lists again
// afterwards and compares ETag and Size. The ETag of a folder's file is made of its modified time and its size, so a
// change that keeps both is not seen. On S3 a copy has a new modified time and, for files that were uploaded in parts,
// a new ETag.
//
// Start reading at lake.go, then tables.go and listing.go; folder.go and s3.go are the two kinds of root,
// bucket.go is how a request to a bucket is made.
package lake
