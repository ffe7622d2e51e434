package spark

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"testing"
)

func TestSparkMakesOfALakeWhatDuckDBMakes(t *testing.T) {
	for _, seed := range []uint64{0, 1, seed(t)} {
		t.Run(fmt.Sprintf("demo lake of seed %d", seed), func(t *testing.T) {
			s := spark(t)
			dir, warehouse := demoLake(t, seed), t.TempDir()
			s.run(t, "--lake", dir, "--warehouse", warehouse)
			published, from := refreshed(t, dir, filepath.Join(t.TempDir(), "fmcg.duckdb")), released(t, warehouse)
			mustEqual(t, compared, published, from)
			mustAnswerAlike(t, published, from)
		})
	}
}

// seed is one by chance; FMCG_SPARK_SEED repeats it.
func seed(t *testing.T) uint64 {
	t.Helper()
	seed, err := strconv.ParseUint(os.Getenv("FMCG_SPARK_SEED"), 10, 64)
	if err != nil {
		seed = rand.Uint64()
	}
	t.Logf("FMCG_SPARK_SEED=%d", seed)
	return seed
}

func TestSparkMakesOfTheRealLakeWhatDuckDBMakes(t *testing.T) {
	dir := cmp.Or(os.Getenv("FMCG_REAL_LAKE"), filepath.Join("..", "..", "..", "shared", "lake"))
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("%s did not run: the company's lake is not at %s; set FMCG_REAL_LAKE", t.Name(), dir)
	}
	s, warehouse := spark(t).compiling(t), t.TempDir()
	s.run(t, "--lake", dir, "--warehouse", warehouse)
	mustEqual(t, compared, refreshed(t, dir, filepath.Join(t.TempDir(), "fmcg.duckdb")), released(t, warehouse))
}

// Records that are no CSV, line ends, quotes, headers: what the engine's parser and ours make of a file the runner makes too.
func TestSparkReadsAwkwardFilesAsDuckDBDoes(t *testing.T) {
	s := spark(t)
	dir, warehouse := t.TempDir(), t.TempDir()
	const header = "order_id,order_placement_date,customer_id,product_id,order_qty\n"
	for name, body := range map[string]string{
		"child/products/products.csv":    "product_name,product_id,category\nBar (60g),1,energy bars\n",
		"child/customers/customers.csv":  "customer_id,customer_name,city\n789403,\"Fit\"\"Fuel, straße\",\n",
		"child/gross_price/prices.csv":   "product_id,month,gross_price\n1,2025-07-01,10.5\n",
		"parent/dim_customers.csv":       "customer_code,customer,market,platform,channel\n7,A,India,X,Y\n",
		"parent/dim_products.csv":        "product_code,division,category,product,variant\nP1,D,C,P,V\n",
		"parent/dim_gross_price.csv":     "product_code,price_inr,year\nP1,12.345,2025\n",
		"parent/fact_orders.csv":         "date,product_code,customer_code,sold_quantity\n2025-07-01,P1,7,5\n",
		"quotes":                         header + "a,2025-07-05,1,1,\"2\"\n\"b\",2025-07-05,1,1,3\n\"c\"\"c\",2025-07-05,1,1,3\nd\"d,2025-07-05,1,1,3\n\"e\nE\",2025-07-05,1,1,4\n",
		"broken quotes":                  header + "a,2025-07-05,1,1,\"2\"x\nb,2025-07-05,1,1,3\n\"c\"c,2025-07-05,1,1,3\nd,2025-07-05,1,1,\"4\n",
		"fields":                         header + "a,2025-07-05,1,1,2,\nb,2025-07-05,1,1\nc,2025-07-05,1,1,3\n,,,,\n",
		"blank lines":                    header + "\n\na,2025-07-05,1,1,2\n\nb,2025-07-05,1,1\n\r\nc,2025-07-05,1,1,3",
		"carriage returns":               "order_id,order_placement_date,customer_id,product_id,order_qty\r\na,2025-07-05,1,1,2\r\n\"b\",2025-07-05,1,1,\"3\"\r\nc\rc,2025-07-05,1,1,3\n",
		"byte order mark, other columns": "\xef\xbb\xbf ORDER_QTY , order_id ,note,product_id,customer_id,order_placement_date\n5,a,x,1,1,05/07/2025\n,,,,,\n6,b,\"y, z\",1,1,07/05/2025\n",
		"empty":                          "",
		"header":                         header,
		"no column":                      "order_id,order_placement_date,customer_id,product_id\na,2025-07-05,1,1\n",
		"twice":                          "order_id,order_id,order_placement_date,customer_id,product_id,order_qty\na,b,2025-07-05,1,1,1\n",
		"not UTF-8":                      header + "caf\xe9,2025-07-05,1,1,2\n",
		"gzip in name only":              header,
		"_hidden":                        header + "a,2025-07-06,1,1,2\n",
		"[odd] {name}*?":                 header + "b,2025-07-06,1,1,2\n",
		"letters":                        header + "ǆ ß,Saturday, 2025-07-05,1,1,2\nx,\"SATURDAY,\tJuly 05, 2025\",\u00a01,1,000156.00\ny,2025-07-05,1,1,156\u0085\n",
	} {
		if filepath.Ext(name) == "" {
			extension := ".csv"
			if name == "gzip in name only" {
				extension = ".csv.gz"
			}
			name = "child/orders/landing/orders_2025_07_05 " + name + extension
			if filepath.Base(name) == "orders_2025_07_05 _hidden.csv" {
				name = "child/orders/landing/_orders_2025_07_05.csv"
			}
		}
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(body), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	s.run(t, "--lake", dir, "--warehouse", warehouse)
	mustEqual(t, compared, refreshed(t, dir, filepath.Join(t.TempDir(), "fmcg.duckdb")), released(t, warehouse))
}
