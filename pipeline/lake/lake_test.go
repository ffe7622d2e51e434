package lake

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fmcg/fmcg/pipeline/lake/s3test"
)

// small is a lake with a file for each table, two of them orders.
func small() map[string]string {
	return map[string]string{
		"parent/dim_customers.csv":                         "customer_code,customer\n",
		"parent/dim_products.csv":                          "product_code\n",
		"parent/dim_gross_price.csv":                       "product_code,price_inr,year\n",
		"parent/fact_orders.csv":                           "date,product_code\n",
		"parent/fact_orders_2025_02.CSV":                   "date,product_code\n2025-02-01,A\n",
		"child/customers/customers.csv":                    "customer_id\n",
		"child/products/products.csv":                      "product_name\n",
		"child/gross_price/gross_price.csv.gz":             gzipped("product_id,month,gross_price\n1,2025-01-01,9\n"),
		"child/orders/landing/orders_2025_07_02.csv":       "order_id\nF2\n",
		"child/orders/processed/orders_2025_07_01.csv":     "order_id\nF1\n",
		"child/orders/orders_2025_07_03.csv":               "order_id\nF3\n",
		"child/orders/landing/no date at all, and no name": "not ours\n",
	}
}

func gzipped(text string) string {
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, _ = w.Write([]byte(text))
	_ = w.Close()
	return packed.String()
}

var delivered = time.Date(2025, 7, 4, 3, 2, 1, 500, time.UTC)

// layDown writes files to a new folder.
func layDown(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for path, body := range files {
		target := filepath.Join(dir, filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(target, []byte(body), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(target, delivered, delivered); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// upload starts an S3 server with these files below lake/.
func upload(t *testing.T, files map[string]string) *s3test.Server {
	t.Helper()
	server := s3test.Start(t)
	server.Upload(t, layDown(t, files), "lake")
	server.SetEnv(t)
	return server
}

func at(url string) Config { return Config{Parent: url + "/parent", Child: url + "/child"} }

func open(t *testing.T, config Config) *Lake {
	t.Helper()
	l, err := Open(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func list(t *testing.T, l *Lake) Listing {
	t.Helper()
	listing, err := l.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return listing
}

func names(files []File) []string {
	var found []string
	for _, file := range files {
		found = append(found, file.Table+" "+file.Name)
	}
	return found
}

func paths(ignored []Object) map[string]string {
	found := map[string]string{}
	for _, object := range ignored {
		found[object.Path] = object.Why
	}
	return found
}

func fileOf(t *testing.T, listing Listing, name string) File {
	t.Helper()
	for _, file := range listing.Files {
		if file.Name == name {
			return file
		}
	}
	t.Fatalf("%s is not listed; listed are %q", name, names(listing.Files))
	return File{}
}

func read(t *testing.T, l *Lake, file File) string {
	t.Helper()
	var body bytes.Buffer
	if err := l.Fetch(t.Context(), file, &body); err != nil {
		t.Fatal(err)
	}
	return body.String()
}

// wantKind asserts an Error of a kind, in one line, with a hint, and without the server's secret.
func wantKind(t *testing.T, err error, want Kind) *Error {
	t.Helper()
	var got *Error
	if !errors.As(err, &got) {
		t.Fatalf("got error %v, want an *Error of kind %d", err, want)
	}
	if got.Kind != want {
		t.Fatalf("got kind %d (%v), want %d", got.Kind, err, want)
	}
	text := got.Error()
	if strings.ContainsAny(text, "\n\r") || got.Hint == "" || got.Op == "" {
		t.Errorf("error %q is not one line with what to do", text)
	}
	if secret := os.Getenv("AWS_SECRET_ACCESS_KEY"); secret != "" && strings.Contains(text, secret) {
		t.Errorf("error %q holds the secret key", text)
	}
	t.Log(text)
	return got
}

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

// oddNames are keys that some layer between here and the store might take for something else.
func oddNames() []string {
	return []string{
		"orders_it's 100% +odd;#1.csv", `orders_"quoted".csv`, "orders_%41%2F.csv", "orders_a+b c.csv", "orders_ü_日本.csv", "orders_[1-3]*?.csv",
		"orders_2025=07&x=1.csv", "orders_\\back.csv", "orders_<a>&amp;.csv", "orders_new\nline.csv", "orders_~{}|^`.csv", " orders.csv",
	}
}

func TestOddNamesAreListedReadMovedAndKeptApart(t *testing.T) {
	files := map[string]string{"child/customers/it's 50%;+#.csv": "customers"}
	for i, name := range oddNames() {
		files["child/orders/landing/"+name] = fmt.Sprintf("order_id\nF%d\n", i)
	}
	dir := layDown(t, files)
	server := s3test.Start(t)
	server.Upload(t, dir, "la ke/50%+ü")
	server.SetEnv(t)
	for where, url := range map[string]string{"folder": dir, "S3": server.URL("la ke/50%+ü")} {
		t.Run(where, func(t *testing.T) {
			l := open(t, Config{Child: url + "/child"})
			listing := list(t, l)
			if got, want := len(listing.Files), len(files); got != want {
				t.Fatalf("%d files are listed, want %d: %q", got, want, names(listing.Files))
			}
			for i, name := range oddNames() {
				file := fileOf(t, listing, name)
				want := files["child/orders/landing/"+name]
				if got := read(t, l, file); got != want {
					t.Errorf("%q holds %q, want %q (number %d)", name, got, want, i)
				}
				moved, err := l.Move(t.Context(), file)
				if err != nil {
					t.Fatalf("move %q: %v", name, err)
				}
				if got := read(t, l, moved); got != want || !Processed(moved) {
					t.Errorf("%q moved to %q holds %q, want %q", name, moved.URI, got, want)
				}
			}
			if listing := list(t, l); len(listing.Files) != len(files) || len(listing.Shadowed)+len(listing.Ignored) != 0 {
				t.Errorf("after the move: %d files, shadowed %q, ignored %v", len(listing.Files), names(listing.Shadowed), listing.Ignored)
			}
		})
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

func TestALakeThatIsNoLakeIsInvalid(t *testing.T) {
	for _, config := range []Config{{}, {Child: "gs://bucket/x"}, {Child: "s3://"}, {Parent: "https://example.org/x"}} {
		_, err := Open(t.Context(), config)
		wantKind(t, err, Invalid)
	}
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
	if _, err := l.Secret(t.Context()); err != nil || proxy.Count(s3test.Any()) != 0 {
		t.Errorf("a secret after a listing took %d requests (error %v), want none", proxy.Count(s3test.Any()), err)
	}
}

func TestTheHeadOfAGzipFileIsUnpacked(t *testing.T) {
	random := make([]byte, 200<<10) // no gzip makes this smaller than one head
	for i := range random {
		random[i] = byte("0123456789abcdef"[(i*i*7919+i>>3)%16]) ^ byte(i%5)
	}
	files := map[string]string{
		"child/customers/small.csv.gz":  gzipped("customer_id,city\n1,Pune\n"),
		"child/customers/large.CSV.GZ":  gzipped("customer_id,city\n" + strings.Repeat("1,Pune\n", 1e6)),
		"child/customers/packed.csv.gz": gzipped("customer_id,city\n" + string(random)),
		"child/customers/empty.csv.gz":  gzipped(""),
		"child/customers/none.csv":      "",
		"child/customers/zero.csv.gz":   "",
		"child/customers/false.csv.gz":  "customer_id,city\n",
		"child/customers/cut.csv.gz":    gzipped("customer_id,city\n1,Pune\n")[:25],
	}
	dir := layDown(t, files)
	server := s3test.Start(t)
	server.Upload(t, dir, "lake")
	server.SetEnv(t)
	for where, url := range map[string]string{"folder": dir, "S3": server.URL("lake")} {
		l := open(t, Config{Child: url + "/child"})
		for _, file := range list(t, l).Files {
			head, err := l.Head(t.Context(), file)
			line, _, _ := strings.Cut(string(head), "\n")
			want, wantErr := "customer_id,city", false
			switch filepath.Base(file.Name) {
			case "empty.csv.gz", "none.csv", "zero.csv.gz":
				want = ""
			case "false.csv.gz", "cut.csv.gz":
				want, wantErr = "", true
			}
			if line != want || (err != nil) != wantErr || len(head) > headSize {
				t.Errorf("%s: %s: first line %q of %d bytes, error %v", where, file.Name, line, len(head), err)
			}
			var operator *Error
			if errors.As(err, &operator) {
				t.Errorf("%s: damaged content is not the lake's error, got %v", where, err)
			}
		}
	}
}

func TestPutWritesWhatIsListedThen(t *testing.T) {
	server := s3test.Start(t)
	server.SetEnv(t)
	for where, url := range map[string]string{"folder": t.TempDir(), "S3": server.URL("lake")} {
		l := open(t, at(url))
		for path, body := range small() {
			if err := l.Put(t.Context(), path, []byte(body), delivered); err != nil {
				t.Fatal(err)
			}
		}
		listing := list(t, l)
		if len(listing.Files) != 11 || len(listing.Warnings) != 0 {
			t.Errorf("%s: %d files, warnings %q", where, len(listing.Files), listing.Warnings)
		}
		if got := read(t, l, fileOf(t, listing, "orders_2025_07_03.csv")); got != "order_id\nF3\n" {
			t.Errorf("%s: got %q", where, got)
		}
		if file := listing.Files[0]; where == "folder" && !file.LastModified.Equal(delivered) {
			t.Errorf("%s: modified %s, want %s", where, file.LastModified, delivered)
		}
		wantKind(t, l.Put(t.Context(), "elsewhere/x.csv", nil, delivered), Invalid)
	}
}

func TestAFileThatIsGoneSinceTheListingHasVanished(t *testing.T) {
	dir := layDown(t, small())
	server := s3test.Start(t)
	server.Upload(t, dir, "lake")
	server.SetEnv(t)
	for where, url := range map[string]string{"folder": dir, "S3": server.URL("lake")} {
		l := open(t, at(url))
		file := fileOf(t, list(t, l), "orders_2025_07_02.csv")
		if where == "S3" {
			server.Delete(t, "lake/child/orders/landing/orders_2025_07_02.csv")
		} else if err := os.Remove(file.URI); err != nil {
			t.Fatal(err)
		}
		_, err := l.Head(t.Context(), file)
		wantKind(t, err, Vanished)
		wantKind(t, l.Fetch(t.Context(), file, new(bytes.Buffer)), Vanished)
		_, err = l.Move(t.Context(), file)
		wantKind(t, err, Vanished)
	}
}

func TestAMissingKeyHasVanishedAlsoForARoleThatMayNotKnow(t *testing.T) {
	server := upload(t, small())
	proxy := server.Proxy(t)
	proxy.SetEnv(t)
	l := open(t, at(server.URL("lake")))
	file := fileOf(t, list(t, l), "orders_2025_07_02.csv")
	server.Delete(t, "lake/child/orders/landing/orders_2025_07_02.csv")
	// What a role is told of a missing key that may list only below a prefix:
	proxy.Fail(1, s3test.On("GET", "lake/child/orders/landing/orders_2025_07_02.csv"), s3test.Answer(http.StatusForbidden, "AccessDenied"))
	_, err := l.Head(t.Context(), file)
	wantKind(t, err, Vanished)
	// And of one that is there, without the right to read it:
	file = fileOf(t, list(t, l), "orders_2025_07_01.csv")
	proxy.Fail(1, s3test.On("GET", "lake/child/orders/processed/orders_2025_07_01.csv"), s3test.Answer(http.StatusForbidden, "AccessDenied"))
	_, err = l.Head(t.Context(), file)
	wantKind(t, err, Refused)
}

func TestACancelledContextIsNoErrorOfTheLake(t *testing.T) {
	server := upload(t, small())
	proxy := server.Proxy(t)
	proxy.SetEnv(t)
	proxy.Fail(1, s3test.Lists(), s3test.Stall())
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		proxy.Await(t, 1, s3test.Any())
		cancel()
	}()
	_, err := open(t, at(server.URL("lake"))).List(ctx)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
}
