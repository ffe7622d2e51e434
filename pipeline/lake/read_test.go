package lake

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fmcg/fmcg/pipeline/lake/s3test"
)

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
