package oracle

import (
	"fmt"
	"io/fs"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

// monday and tuesday are times at which files were modified.
var (
	monday  = time.Date(2025, 7, 7, 6, 0, 0, 0, time.UTC)
	tuesday = monday.AddDate(0, 0, 1)
)

const (
	customersHeader = "customer_id,customer_name,city\n"
	productsHeader  = "product_name,product_id,category\n"
	pricesHeader    = "product_id,month,gross_price\n"
	ordersHeader    = "order_id,order_placement_date,customer_id,product_id,order_qty\n"

	parentCustomersHeader = "customer_code,customer,market,platform,channel\n"
	parentProductsHeader  = "product_code,division,category,product,variant\n"
	parentPricesHeader    = "product_code,price_inr,year\n"
	parentFactsHeader     = "date,product_code,customer_code,sold_quantity\n"

	twoBars = productsHeader + "Bar (60g),1,energy bars\nBar (40g),2,energy bars\n"
)

// A lakeFile is one file of a made-up lake.
type lakeFile struct {
	path     string
	content  string
	modified time.Time
}

func at(modified time.Time, path, content string) lakeFile { return lakeFile{path, content, modified} }

func on(path, content string) lakeFile { return at(monday, path, content) }

// julyFifth is an order file of 5 July 2025 in landing/.
func julyFifth(rows string) lakeFile {
	return on("child/orders/landing/orders_2025_07_05.csv", ordersHeader+rows)
}

func lakeOf(files ...lakeFile) fstest.MapFS {
	lake := fstest.MapFS{}
	for _, f := range files {
		lake[f.path] = &fstest.MapFile{Data: []byte(f.content), ModTime: f.modified}
	}
	return lake
}

// warehouseOf computes the warehouse of a made-up lake that has two products, 1 and 2, unless it brings its own.
func warehouseOf(t *testing.T, files ...lakeFile) Warehouse {
	t.Helper()
	ownProducts := slices.ContainsFunc(files, func(f lakeFile) bool { return strings.HasPrefix(f.path, "child/products/") })
	if !ownProducts {
		files = append(files, on("child/products/products.csv", twoBars))
	}
	return computed(t, lakeOf(files...))
}

// computed is Compute, with the laws that hold for every lake.
func computed(t *testing.T, lake fs.FS) Warehouse {
	t.Helper()
	w, err := Compute(lake)
	if err != nil {
		t.Fatal(err)
	}
	quarantined := map[fileKey]int{}
	for _, q := range w.Quarantine {
		quarantined[fileKey{q.TableName, q.FileName}]++
	}
	for _, a := range w.Accounts {
		if a.Read != a.Loaded+a.Duplicate+a.Superseded+a.Quarantined {
			t.Errorf("rows are lost: %+v", a)
		}
		if got := quarantined[fileKey{a.TableName, a.FileName}]; got != a.Quarantined {
			t.Errorf("%d rows in quarantine, account says %+v", got, a)
		}
	}
	members := keys(w.DimCustomers, Customer.key)
	for _, f := range w.FactOrders {
		if !members[f.CustomerCode] {
			t.Errorf("a fact without its customer: %+v", f)
		}
	}
	for _, table := range w.Tables() {
		for i := range table.Rows {
			if i > 0 && reflect.DeepEqual(table.Rows[i-1], table.Rows[i]) {
				t.Errorf("%s has the same row twice: %v", table.Name, table.Rows[i])
			}
		}
	}
	return w
}

func (w Warehouse) account(t *testing.T, table, name string) Account {
	t.Helper()
	for _, a := range w.Accounts {
		if a.TableName == table && a.FileName == name {
			return a
		}
	}
	t.Fatalf("no account for %s %s in %+v", table, name, w.Accounts)
	return Account{}
}

// quarantineOf lists a table's quarantine as "line reason".
func (w Warehouse) quarantineOf(table string) []string {
	var all []string
	for _, q := range w.Quarantine {
		if q.TableName == table {
			all = append(all, fmt.Sprintf("%d %s", q.Line, q.Reason))
		}
	}
	return all
}

// rowsOf lists a table's rows as texts parted by "|", null being NULL.
func (w Warehouse) rowsOf(t *testing.T, name string) []string {
	t.Helper()
	for _, table := range w.Tables() {
		if table.Name != name {
			continue
		}
		var all []string
		for _, row := range table.Rows {
			var texts []string
			for _, text := range row {
				if !text.Valid {
					text.V = "NULL"
				}
				texts = append(texts, text.V)
			}
			all = append(all, strings.Join(texts, "|"))
		}
		return all
	}
	t.Fatalf("no table %s", name)
	return nil
}

func wantEqual[T any](t *testing.T, got, want T) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("\n got %+v\nwant %+v", got, want)
	}
}
