package lake

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/google/go-cmp/cmp"

	"github.com/fmcg/fmcg/pipeline/lake/s3test"
)

func TestAFolderAndS3ListTheSameIdentities(t *testing.T) {
	dir := layDown(t, small())
	server := s3test.Start(t)
	server.Upload(t, dir, "lake")
	server.SetEnv(t)
	fromFolder := list(t, open(t, at(dir)))
	fromS3 := list(t, open(t, at(server.URL("lake"))))
	want := []string{
		"customers child/customers/customers.csv",
		"gross_price child/gross_price/gross_price.csv.gz",
		"orders orders_2025_07_01.csv",
		"orders orders_2025_07_02.csv",
		"orders orders_2025_07_03.csv",
		"parent_dim_customers parent/dim_customers.csv",
		"parent_dim_gross_price parent/dim_gross_price.csv",
		"parent_dim_products parent/dim_products.csv",
		"parent_fact_orders parent/fact_orders.csv",
		"parent_fact_orders parent/fact_orders_2025_02.CSV",
		"products child/products/products.csv",
	}
	for where, listing := range map[string]Listing{"folder": fromFolder, "S3": fromS3} {
		if diff := cmp.Diff(want, names(listing.Files)); diff != "" {
			t.Errorf("%s: files (-want +got):\n%s", where, diff)
		}
		if len(listing.Warnings) != 0 {
			t.Errorf("%s: warnings %q", where, listing.Warnings)
		}
	}
	if diff := cmp.Diff(paths(fromFolder.Ignored), paths(fromS3.Ignored)); diff != "" {
		t.Errorf("ignored (-folder +S3):\n%s", diff)
	}
	for i, file := range fromS3.Files {
		other := fromFolder.Files[i]
		if file.Size != other.Size || !file.LastModified.Equal(delivered.Truncate(time.Second)) || !other.LastModified.Equal(delivered) {
			t.Errorf("%s: size and time are %d, %s on S3 and %d, %s in the folder", file.Name, file.Size, file.LastModified, other.Size, other.LastModified)
		}
		if file.Source != other.Source || file.ETag == "" || strings.Contains(file.ETag, `"`) || other.ETag == "" {
			t.Errorf("%s: source and etag are %q, %q on S3 and %q, %q in the folder", file.Name, file.Source, file.ETag, other.Source, other.ETag)
		}
	}
	if file := fileOf(t, fromS3, "orders_2025_07_02.csv"); file.URI != "s3://"+server.Bucket+"/lake/child/orders/landing/orders_2025_07_02.csv" {
		t.Errorf("uri on S3 is %s", file.URI)
	}
	if file := fileOf(t, fromFolder, "orders_2025_07_02.csv"); file.URI != filepath.Join(dir, "child/orders/landing/orders_2025_07_02.csv") {
		t.Errorf("uri in the folder is %s", file.URI)
	}
}

func TestTheChildAloneIsALakeAndNeedsNoParent(t *testing.T) {
	server := s3test.Start(t)
	server.Upload(t, filepath.Join(layDown(t, small()), "child"), "") // the bucket is the root
	server.SetEnv(t)
	listing := list(t, open(t, Config{Child: "s3a://" + server.Bucket + "/"}))
	want := []string{
		"customers child/customers/customers.csv", "gross_price child/gross_price/gross_price.csv.gz",
		"orders orders_2025_07_01.csv", "orders orders_2025_07_02.csv", "orders orders_2025_07_03.csv", "products child/products/products.csv",
	}
	if diff := cmp.Diff(want, names(listing.Files)); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	if len(listing.Warnings) != 0 {
		t.Errorf("warnings %q", listing.Warnings)
	}
}

func TestOfAnOrderFileInSeveralPlacesTheNewestCountsInWholeSeconds(t *testing.T) {
	second := func(n int, nanoseconds int) time.Time { return time.Date(2025, 7, 4, 3, 2, n, nanoseconds, time.UTC) }
	const name = "orders_2025_07_01.csv"
	for _, test := range []struct {
		title                      string
		landing, orders, processed time.Time
		want                       string
	}{
		{"landing is newest", second(9, 0), second(1, 0), second(2, 0), landingFolder},
		{"processed is newest", second(1, 0), second(2, 0), second(9, 0), processedFolder},
		{"equal in whole seconds: landing first", second(1, 0), second(1, 5), second(1, 9), landingFolder},
		{"no landing, equal: orders before processed", time.Time{}, second(1, 1), second(1, 9), ordersFolder},
	} {
		t.Run(test.title, func(t *testing.T) {
			files, times := map[string]string{}, map[string]time.Time{}
			for folder, modified := range map[string]time.Time{landingFolder: test.landing, ordersFolder: test.orders, processedFolder: test.processed} {
				if !modified.IsZero() {
					files["child/"+folder+"/"+name] = "from " + folder
					times["child/"+folder+"/"+name] = modified
				}
			}
			dir := layDown(t, files)
			for path, modified := range times {
				if err := os.Chtimes(filepath.Join(dir, path), modified, modified); err != nil {
					t.Fatal(err)
				}
			}
			server := s3test.Start(t)
			server.Upload(t, dir, "lake")
			server.SetEnv(t)
			for where, url := range map[string]string{"folder": dir, "S3": server.URL("lake")} {
				l := open(t, Config{Child: url + "/child"})
				listing := list(t, l)
				if len(listing.Files) != 1 || len(listing.Shadowed) != len(files)-1 {
					t.Fatalf("%s: files %q, shadowed %q", where, names(listing.Files), names(listing.Shadowed))
				}
				if got := read(t, l, listing.Files[0]); got != "from "+test.want {
					t.Errorf("%s: got the one %s, want from %s", where, got, test.want)
				}
			}
		})
	}
}

func TestWhatIsIgnoredIsListedWithItsReason(t *testing.T) {
	files := map[string]string{
		"parent/dim_customers.csv":                                    "x",
		"parent/dim_customer.csv":                                     "the prefix is cut short",
		"parent/Fact_orders.csv":                                      "x",
		"parent/readme.txt":                                           "x",
		"parent/archive/dim_customers.csv":                            "deeper",
		"child/notes.csv":                                             "in no table's folder",
		"child/customers/.customers.csv":                              "x",
		"child/customers/customers.csv.bak":                           "x",
		"child/customers/customers.csv":                               "x",
		"child/customers/2025/a.csv":                                  "deeper",
		"child/customers/2025/b.csv":                                  "deeper",
		"child/other/a.csv":                                           "x",
		"child/orders/processed/old/orders.csv":                       "x",
		"child/orders/processed/orders.csv.replaced-20250101T000000Z": "x",
		"child/orders/_SUCCESS":                                       "x",
		"child/orders/landing/.csv":                                   "x",
		"child/orders/landing/orders.csv.gz.part":                     "x",
		"child/products/p.csv":                                        "x",
		"child/orders/landing/orders_1.csv":                           "x",
		"child/orders/landing.csv":                                    "ours, in orders/ itself",
	}
	want := map[string]string{
		"parent/dim_customer.csv":           whyOtherPrefix,
		"parent/Fact_orders.csv":            whyOtherPrefix,
		"parent/readme.txt":                 whyOtherName,
		"parent/archive/":                   whyFolder,
		"child/notes.csv":                   whyNoTable,
		"child/customers/.customers.csv":    whyDotFile,
		"child/customers/customers.csv.bak": whyOtherName,
		"child/customers/2025/":             whyFolder,
		"child/other/":                      whyFolder,
		"child/orders/processed/old/":       whyFolder,
		"child/orders/processed/orders.csv.replaced-20250101T000000Z": whyReplaced,
		"child/orders/_SUCCESS":                   whyOtherName,
		"child/orders/landing/.csv":               whyDotFile,
		"child/orders/landing/orders.csv.gz.part": whyOtherName,
	}
	dir := layDown(t, files)
	server := s3test.Start(t)
	server.Upload(t, dir, "lake")
	server.Put(t, "lake/child/gross_price/", nil)
	server.SetEnv(t)
	for where, url := range map[string]string{"folder": dir, "S3": server.URL("lake")} {
		listing := list(t, open(t, at(url)))
		want := maps.Clone(want)
		if where == "S3" {
			want["child/gross_price/"] = whyMarker
		}
		if diff := cmp.Diff(want, paths(listing.Ignored)); diff != "" {
			t.Errorf("%s: ignored (-want +got):\n%s", where, diff)
		}
		if got := len(listing.Files); got != 5 {
			t.Errorf("%s: %d files, want 5: %q", where, got, names(listing.Files))
		}
	}
}

func TestEmptyAndMissingFoldersAreWarnedOf(t *testing.T) {
	dir := layDown(t, map[string]string{"parent/dim_customers.csv": "x", "child/customers/.keep": "", "child/orders/landing/.keep": ""})
	server := s3test.Start(t)
	server.Upload(t, dir, "lake")
	server.SetEnv(t)
	for where, url := range map[string]string{"folder": dir, "S3": server.URL("lake")} {
		listing := list(t, open(t, at(url)))
		var got []string
		for _, warning := range listing.Warnings {
			text, _, _ := strings.Cut(warning, url)
			got = append(got, text)
		}
		want := []string{
			"parent: no dim_products*.csv in ", "parent: no dim_gross_price*.csv in ", "parent: no fact_orders*.csv in ",
			"child/customers: empty, no *.csv in ", "child/products: missing, nothing at ", "child/gross_price: missing, nothing at ",
			"child/orders: empty, no *.csv in ",
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: warnings (-want +got):\n%s", where, diff)
		}
	}
}

func TestALakeThatIsNotThereIsRefusedButOneOfItsTwoHalvesMayBeMissing(t *testing.T) {
	dir := layDown(t, map[string]string{"child/customers/customers.csv": "x"})
	server := s3test.Start(t)
	server.Upload(t, dir, "lake")
	server.SetEnv(t)
	for where, url := range map[string]string{"folder": dir, "S3": server.URL("lake")} {
		listing := list(t, open(t, at(url)))
		if len(listing.Files) != 1 || !slices.ContainsFunc(listing.Warnings, func(w string) bool { return strings.HasPrefix(w, "parent: missing") }) {
			t.Errorf("%s: files %q, warnings %q", where, names(listing.Files), listing.Warnings)
		}
		for _, config := range []Config{at(url + "/typo"), {Child: url + "/chidl"}, {Parent: url + "/nowhere", Child: url + "/child"}} {
			_, err := open(t, config).List(t.Context())
			wantKind(t, err, Refused)
		}
	}
	_, err := open(t, Config{Child: filepath.Join(dir, "child/customers/customers.csv")}).List(t.Context())
	wantKind(t, err, Refused)
}

func TestLinksInAFolderAreFollowed(t *testing.T) {
	elsewhere := layDown(t, map[string]string{"deliveries/c.csv": "linked\n", "products/p.csv": "p\n"})
	dir := layDown(t, map[string]string{"child/customers/real.csv": "x", "child/orders/landing/orders_1.csv": "x"})
	for target, link := range map[string]string{
		filepath.Join(elsewhere, "deliveries/c.csv"): "child/customers/linked.csv",
		filepath.Join(elsewhere, "products"):         "child/products",
		filepath.Join(elsewhere, "nothing.csv"):      "child/customers/dead.csv",
		"../../customers/real.csv":                   "child/orders/landing/orders_2.csv",
	} {
		if err := os.Symlink(target, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	l := open(t, Config{Child: dir + "/child"})
	listing := list(t, l)
	want := []string{"customers child/customers/linked.csv", "customers child/customers/real.csv", "orders orders_1.csv", "orders orders_2.csv", "products child/products/p.csv"}
	if diff := cmp.Diff(want, names(listing.Files)); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	if got := read(t, l, fileOf(t, listing, "child/customers/linked.csv")); got != "linked\n" {
		t.Errorf("the linked file holds %q", got)
	}
	if got := paths(listing.Ignored)["child/customers/dead.csv"]; got != whyDeadLink {
		t.Errorf("the dead link is %q", got)
	}
	if !slices.Contains(listing.Warnings, "child/customers/dead.csv: "+whyDeadLink) {
		t.Errorf("warnings %q do not name the dead link", listing.Warnings)
	}
	moved, err := l.Move(t.Context(), fileOf(t, listing, "orders_2.csv"))
	if err != nil {
		t.Fatal(err)
	}
	if got := read(t, l, moved); got != "x" {
		t.Errorf("the moved link holds %q", got)
	}
}

func TestListingPagesPassAThousandKeysAndGoAroundForeignFolders(t *testing.T) {
	server := s3test.Start(t)
	root := filepath.Join(server.Dir, server.Bucket, "lake/child")
	write := func(folder, pattern string, count int) {
		if err := os.MkdirAll(filepath.Join(root, folder), 0o755); err != nil {
			t.Fatal(err)
		}
		for i := range count {
			if err := os.WriteFile(filepath.Join(root, folder, fmt.Sprintf(pattern, i)), []byte("x"), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	write("archive/deep", "a%05d.csv", 3500)
	write("customers", "c%d.csv", 1)
	write("orders/landing", "orders_%05d.csv", 2345)
	write("orders/processed", "orders_x%05d.csv", 2)
	write("products", "p%d.csv", 1)
	proxy := server.Proxy(t)
	proxy.SetEnv(t)
	listing := list(t, open(t, Config{Child: server.URL("lake/child")}))
	if got, want := len(listing.Files), 2345+4; got != want {
		t.Errorf("%d files, want %d", got, want)
	}
	if diff := cmp.Diff(map[string]string{"child/archive/": whyFolder}, paths(listing.Ignored)); diff != "" {
		t.Errorf("ignored (-want +got):\n%s", diff)
	}
	// One page of the archive, then 2,349 keys.
	if got := proxy.Count(s3test.Any()); got != 4 {
		t.Errorf("%d requests, want 4: %v", got, proxy.Requests(s3test.Any()))
	}
}

func TestAListingCostsOneRequestARootAndAHeadOne(t *testing.T) {
	files := map[string]string{}
	for i := range 151 {
		files[fmt.Sprintf("child/orders/landing/orders_%03d.csv", i)] = strings.Repeat("order_id\n", 20000)
	}
	files["parent/dim_customers.csv"] = "x"
	server := upload(t, files)
	proxy := server.Proxy(t)
	proxy.SetEnv(t)
	l := open(t, at(server.URL("lake")))
	listing := list(t, l)
	if got := proxy.Count(s3test.Any()); got != 2 {
		t.Errorf("the listing of %d files took %d requests, want 2", len(listing.Files), got)
	}
	proxy.Forget()
	head, err := l.Head(t.Context(), listing.Files[0])
	if err != nil {
		t.Fatal(err)
	}
	requests := proxy.Requests(s3test.Any())
	if len(requests) != 1 || requests[0].Range != "bytes=0-65535" || len(head) != headSize {
		t.Errorf("a head of %d bytes took the requests %v, want one for 64 KiB", len(head), requests)
	}
	proxy.Forget()
	if _, err := firstSecret(t, l); err != nil || proxy.Count(s3test.Any()) != 0 {
		t.Errorf("a secret after a listing took %d requests (error %v), want none", proxy.Count(s3test.Any()), err)
	}
}

func TestKeysAreDecodedOnlyWhereTheServerSaysThatItEncodedThem(t *testing.T) {
	key := "la+ke/50%25+%2B%C3%BC%0A.csv"
	for encoding, want := range map[types.EncodingType]string{types.EncodingTypeUrl: "la ke/50% +ü\n.csv", "": key} {
		if got := decodeKey(&s3.ListObjectsV2Output{EncodingType: encoding}, &key); got != want {
			t.Errorf("encoding %q: got %q, want %q", encoding, got, want)
		}
	}
}
