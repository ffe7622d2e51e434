package lake

import (
	"bytes"
	"compress/gzip"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

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

func TestALakeThatIsNoLakeIsInvalid(t *testing.T) {
	for _, config := range []Config{{}, {Child: "gs://bucket/x"}, {Child: "s3://"}, {Parent: "https://example.org/x"}} {
		_, err := Open(t.Context(), config)
		wantKind(t, err, Invalid)
	}
}
