package oracle

import (
	"bytes"
	"compress/gzip"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

func gzipped(t *testing.T, content string) string {
	t.Helper()
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	if _, err := w.Write([]byte(content)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return packed.String()
}

func TestOnlyCSVFilesDirectlyInATablesFolderAreItsFiles(t *testing.T) {
	line := ordersHeader + "o,2025-07-05,7,1,1\n"
	w := warehouseOf(t,
		on("child/orders/landing/a.csv", line),
		on("child/orders/b.csv.gz", gzipped(t, line)),
		on("child/orders/processed/c.csv", line),
		on("child/orders/landing/.hidden.csv", line),
		on("child/orders/landing/d.txt", line),
		on("child/orders/landing/deeper/e.csv", line),
		on("child/orders/elsewhere/f.csv", line),
		on("parent/dim_customers_2.csv", parentCustomersHeader),
		on("parent/customers.csv", parentCustomersHeader),
		on("parent/old/dim_customers.csv", parentCustomersHeader),
	)
	var got []string
	for _, a := range w.Accounts {
		got = append(got, a.TableName+" "+a.FileName)
	}
	wantEqual(t, got, []string{
		"orders a.csv", "orders b.csv.gz", "orders c.csv",
		"parent_dim_customers parent/dim_customers_2.csv",
		"products child/products/products.csv",
	})
}

func TestAChildsRootAloneIsALake(t *testing.T) {
	inLake := lakeOf(
		on("child/customers/c.csv", customersHeader+"7,A,Bengaluru\n"),
		on("child/products/p.csv", twoBars),
		julyFifth("o,2025-07-05,7,1,3\n"),
	)
	alone := fstest.MapFS{}
	for path, f := range inLake {
		alone[strings.TrimPrefix(path, "child/")] = f
	}
	w := computed(t, alone)
	wantEqual(t, w, computed(t, inLake))
	wantEqual(t, w.rowsOf(t, "gold.fact_orders"), []string{"2025-07-01|SB1|7|3"})
}

func TestAnEmptyLakeHasTheUnknownCustomerAndNothingElse(t *testing.T) {
	w := computed(t, fstest.MapFS{})
	wantEqual(t, w.rowsOf(t, "gold.sb_dim_customers"), []string{"999999|Unknown|NULL|Unknown|India|Sports Bar|Acquisition"})
	wantEqual(t, w.rowsOf(t, "gold.dim_customers"), []string{"999999|Unknown|India|Sports Bar|Acquisition"})
	if len(w.DimDate)+len(w.FactOrders)+len(w.Accounts) != 0 {
		t.Errorf("got %+v", w)
	}
}

func TestOfAnOrderFileInSeveralFoldersTheNewestCounts(t *testing.T) {
	const name = "orders_2025_07_05.csv"
	line := func(quantity string) string { return ordersHeader + "o,2025-07-05,7,1," + quantity + "\n" }
	for _, c := range []struct {
		about, want                  string
		landing, directly, processed time.Time
	}{
		{"the newest", "3", monday, monday, tuesday},
		{"at equal times landing", "1", monday, monday, monday},
		{"then orders itself", "2", monday.Add(-time.Second), monday, monday},
		{"whole seconds", "1", monday, monday.Add(time.Second / 2), monday.Add(time.Second / 3)},
	} {
		w := warehouseOf(t,
			at(c.landing, "child/orders/landing/"+name, line("1")),
			at(c.directly, "child/orders/"+name, line("2")),
			at(c.processed, "child/orders/processed/"+name, line("3")),
		)
		if got, want := w.rowsOf(t, "gold.fact_orders"), "2025-07-01|SB1|7|"+c.want; len(got) != 1 || got[0] != want {
			t.Errorf("%s: got %v, want %s", c.about, got, want)
		}
		wantEqual(t, w.account(t, orders, name), Account{TableName: orders, FileName: name, Read: 1, Loaded: 1})
	}
}

func TestAFileThatIsNoTableIsRejectedWholeAndTheOthersGoOn(t *testing.T) {
	const row = "o,2025-07-05,7,1,1\n"
	for name, c := range map[string]struct {
		content string
		kind    RejectKind
	}{
		"empty.csv":          {"", NoHeader},
		"bom_only.csv":       {"\uFEFF", NoHeader},
		"blank_lines.csv":    {"\n\r\n", NoHeader},
		"semicolons.csv":     {strings.ReplaceAll(ordersHeader+row, ",", ";"), MissingColumn},
		"missing_column.csv": {"order_id,order_placement_date,customer_id,product_id\no,2025-07-05,7,1\n", MissingColumn},
		"repeated.csv":       {"order_id,ORDER_ID," + ordersHeader[len("order_id,"):] + "x," + row, RepeatedColumn},
		"latin1.csv":         {ordersHeader + row + "caf\xe9,2025-07-05,7,1,1\n", NotUTF8},
		"latin1_in_tail.csv": {ordersHeader + row + "\"caf\xe9", NotUTF8},
		"utf16.csv":          {"\xff\xfeo\x00", NotUTF8},
		"header_quote.csv":   {"\"" + ordersHeader + row, MalformedHeader},
		"not_gzip.csv.gz":    {ordersHeader + row, NotGzip},
		"cut_short.csv.gz":   {gzipped(t, ordersHeader+row)[:40], NotGzip},
	} {
		w := warehouseOf(t, on("child/orders/landing/"+name, c.content), julyFifth("p,2025-07-05,7,1,5\n"))
		wantEqual(t, w.Rejected, []RejectedFile{{orders, name, c.kind}})
		wantEqual(t, w.account(t, orders, name), Account{TableName: orders, FileName: name})
		wantEqual(t, w.rowsOf(t, "gold.fact_orders"), []string{"2025-07-01|SB1|7|5"})
	}
}

func TestAHeaderMayBeWrittenInManyWays(t *testing.T) {
	for about, content := range map[string]string{
		"as in the rules":      "product_name,product_id,category\nBar,1,c\n",
		"a BOM":                "\uFEFFproduct_name,product_id,category\nBar,1,c\n",
		"a BOM before a quote": "\uFEFF\"product_name\",product_id,category\nBar,1,c\n",
		"CRLF":                 "product_name,product_id,category\r\nBar,1,c\r\n",
		"upper case, blanks":   " Product_Name ,PRODUCT_ID,\tcategory\nBar,1,c\n",
		"another order":        "category,product_id,product_name\nc,1,Bar\n",
		"extra columns":        "note,product_name,product_id,note,category\nx,Bar,1,y,c\n",
		"packed":               "",
	} {
		f := on("child/products/p.csv", content)
		if content == "" {
			f = on("child/products/p.csv.gz", gzipped(t, "\uFEFFproduct_name,product_id,category\nBar,1,c\n"))
		}
		if got := warehouseOf(t, f).rowsOf(t, "gold.dim_products"); len(got) != 1 || got[0] != "SB1|Other|C|Bar|NULL" {
			t.Errorf("%s: got %v", about, got)
		}
	}
}

func TestAFileOfAHeaderAloneIsLoadedWithNoRows(t *testing.T) {
	w := warehouseOf(t, julyFifth(""))
	wantEqual(t, w.account(t, orders, "orders_2025_07_05.csv"), Account{TableName: orders, FileName: "orders_2025_07_05.csv"})
	wantEqual(t, len(w.Rejected), 0)
}

func TestMalformedRecordsAreQuarantinedAndTheRestOfTheFileLoads(t *testing.T) {
	w := warehouseOf(t, julyFifth(
		"a,2025-07-05,7,1,1\n"+ // 2
			"b,2025-07-05,7,1\n"+ // 3: too few
			"\n"+ // no record
			"c,2025-07-05,7,1,1,1\n"+ // 4: too many
			"d,\"2025-07-05\"x,7,1,1\n"+ // 5: text after the quote
			"e,2025-07-05,7,1,2\n"+ // 6
			strings.Repeat("f", maxRecordBytes)+",2025-07-05,7,1,1\n"+ // 7: beyond the limit
			"g,2025-07-05,7,1,4\n"+ // 8
			"h,\"2025-07-05,7,1,1\n"+ // 9: swallows the rest
			"i,2025-07-05,7,1,8\n"))
	wantEqual(t, w.quarantineOf(orders), []string{
		"3 malformed_line", "4 malformed_line", "5 malformed_line", "7 malformed_line", "9 malformed_line"})
	wantEqual(t, w.rowsOf(t, "gold.fact_orders"), []string{"2025-07-01|SB1|7|7"})
	wantEqual(t, w.account(t, orders, "orders_2025_07_05.csv").Read, 8)
}
