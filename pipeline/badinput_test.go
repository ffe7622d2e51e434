package pipeline_test

// What stands in files: texts that are no CSV, or are written in another way.

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"fmt"
	"math/rand/v2"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	diff "github.com/google/go-cmp/cmp"

	"github.com/fmcg/fmcg/pipeline"
)

const ordersHeader = "order_id,order_placement_date,customer_id,product_id,order_qty\n"

// order is a record of an order file that is loaded.
func order(id string) string { return id + ",2025-07-05,7,1,10\n" }

// aDay is a well-formed order file of one line.
func aDay(id string) string { return ordersHeader + order(id) }

// dayFile is the i-th of many order files, and onDay says its orders are of its day, so that none is the duplicate of another file's.
func dayFile(i int) string { return day(i).Format("orders_2006_01_02.csv") }

func onDay(i int, body string) string {
	return strings.ReplaceAll(body, "2025-07-05", day(i).Format(time.DateOnly))
}

func day(i int) time.Time { return time.Date(2025, 8, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, i) }

// newShop begins with the masters of one product and one customer, and one order file that nothing is wrong with.
func newShop(t testing.TB) *house {
	h := newHouse(t)
	h.put("child/products/products.csv", "product_name,product_id,category\nBar (60g),1,energy bars\n")
	h.put("child/customers/customers.csv", "customer_id,customer_name,city\n7,corner shop,Hyderabad\n")
	h.put(landing("orders_2025_07_01.csv"), aDay("SOUND"))
	return h
}

func landing(name string) string   { return "child/orders/landing/" + name }
func processed(name string) string { return "child/orders/processed/" + name }

// ordersOf returns the order lines of a file that are loaded, each as "line id".
func (h *house) ordersOf(name string) []string {
	h.t.Helper()
	return h.rows("select line || ' ' || order_id from silver.orders where file_name = ? order by line", name)
}

// refusedOf returns the rows of a file in quarantine, each as "line reason".
func (h *house) refusedOf(name string) []string {
	h.t.Helper()
	return h.rows("select line || ' ' || reason from ops.quarantine where file_name = ? order by line", name)
}

// ledgerOf returns the versions of a file in the ledger, each as "state | reason".
func (h *house) ledgerOf(name string) []string {
	h.t.Helper()
	return h.rows("select state, reason from ops.files where file_name = ? order by loaded_at, run_id", name)
}

func wantRows(t testing.TB, what string, want, got []string) {
	t.Helper()
	if !slices.Equal(want, got) {
		t.Errorf("%s (-want +got):\n%s", what, diff.Diff(want, got))
	}
}

// wantWarning holds that one warning has all of the words.
func wantWarning(t testing.TB, warnings []string, words ...string) {
	t.Helper()
	for _, warning := range warnings {
		if !slices.ContainsFunc(words, func(word string) bool { return !strings.Contains(warning, word) }) {
			return
		}
	}
	t.Errorf("no warning has the words %q:\n%s", words, strings.Join(warnings, "\n"))
}

func packed(t testing.TB, body string) string {
	t.Helper()
	var into bytes.Buffer
	packer := gzip.NewWriter(&into)
	if _, err := packer.Write([]byte(body)); err != nil {
		t.Fatal(err)
	}
	if err := packer.Close(); err != nil {
		t.Fatal(err)
	}
	return into.String()
}

// incompressible is text of n bytes that gzip leaves about as long as it is.
func incompressible(n int) string {
	random := rand.New(rand.NewPCG(1, 2))
	text := make([]byte, n)
	for i := range text {
		text[i] = byte('!' + random.IntN(90))
		if text[i] == '"' || text[i] == ',' {
			text[i] = 'x'
		}
	}
	return string(text)
}

func utf16Of(text string) string {
	var out strings.Builder
	out.WriteString("\xff\xfe")
	for _, char := range text {
		out.WriteByte(byte(char))
		out.WriteByte(0)
	}
	return out.String()
}

func TestAFileThatCannotBeReadAsItsTableIsRejectedWithItsReasonAndTheOthersGoOn(t *testing.T) {
	whole := packed(t, aDay("A")+order(incompressible(200_000)))
	cases := []struct {
		about  string
		name   string // its ending, .csv unless said
		body   string
		reason string
	}{
		{about: "a column missing", body: "order_id,order_placement_date,customer_id,order_qty\nA,2025-07-05,7,10\n", reason: "column product_id missing"},
		{about: "two columns missing", body: "order_id,order_placement_date,customer_id\nA,2025-07-05,7\n", reason: "column product_id, order_qty missing"},
		{about: "no header", body: order("A"), reason: "missing"},
		{about: "a column twice", body: "order_id,order_id,order_placement_date,customer_id,product_id,order_qty\nA,A,2025-07-05,7,1,10\n", reason: "column order_id is there twice"},
		{about: "separated by semicolons", body: strings.ReplaceAll(aDay("A"), ",", ";"), reason: "separated by semicolons"},
		{about: "separated by tabs", body: strings.ReplaceAll(aDay("A"), ",", "\t"), reason: "separated by tabs"},
		{about: "separated by bars", body: strings.ReplaceAll(aDay("A"), ",", "|"), reason: "separated by bars"},
		{about: "no byte", body: "", reason: "empty"},
		{about: "a byte order mark and nothing else", body: "\xef\xbb\xbf", reason: "empty"},
		{about: "blank lines and nothing else", body: "\n\n\r\n", reason: "empty"},
		{about: "a header whose quote never closes", body: `"order_id,order_placement_date,customer_id,product_id,order_qty` + "\nA,2025-07-05,7,1,10\n", reason: "header"},
		{about: "Latin-1 in a record", body: aDay("A") + order("caf\xe9"), reason: "not UTF-8"},
		{about: "Latin-1 in a quoted field", body: aDay("A") + order("\"caf\xe9\""), reason: "not UTF-8"},
		{about: "Latin-1 in the header", body: "order_id,order_placement_date,customer_id,product_id,order_qty,caf\xe9\nA,2025-07-05,7,1,10,x\n", reason: "not UTF-8"},
		{about: "Latin-1 in a column that is kept out", body: "order_id,order_placement_date,customer_id,product_id,order_qty,note\nA,2025-07-05,7,1,10,caf\xe9\n", reason: "not UTF-8"},
		{about: "Latin-1 in a record that is refused", body: aDay("A") + "B,2025-07-05,7,1,10,caf\xe9\n" + order("C"), reason: "not UTF-8"},
		{about: "Latin-1 in a swallowed tail", body: aDay("A") + "\"B,2025-07-05,7,1,10\ncaf\xe9\n", reason: "not UTF-8"},
		{about: "Latin-1 far into a long file", body: aDay("A") + strings.Repeat(order("B"), 20_000) + order("caf\xe9"), reason: "not UTF-8"},
		{about: "UTF-16 with its mark", body: utf16Of(aDay("A")), reason: "UTF-16"},
		{about: "UTF-16 without a mark", body: utf16Of(aDay("A"))[2:], reason: "missing"},
		{about: "a picture under the name of a CSV file", body: "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00", reason: "not UTF-8"},
		{about: "text under the name of a gzip file", name: ".csv.gz", body: aDay("A"), reason: "gzip"},
		{about: "nothing under the name of a gzip file", name: ".csv.gz", body: "", reason: "empty"},
		{about: "a gzip file of nothing", name: ".csv.gz", body: packed(t, ""), reason: "empty"},
		{about: "a gzip file that is cut short", name: ".csv.gz", body: packed(t, aDay("A"))[:40], reason: "gzip"},
		{about: "a long gzip file that is cut short", name: ".csv.gz", body: whole[:len(whole)-1000], reason: "gzip"},
		{about: "a long gzip file with another byte in its middle", name: ".csv.gz", body: whole[:100_000] + "\x00\x00\x00\x00" + whole[100_004:], reason: "gzip"},
	}
	h := newShop(t)
	for i, c := range cases {
		cases[i].name = fmt.Sprintf("file_%02d%s", i, cmp.Or(c.name, ".csv"))
		h.put(landing(cases[i].name), c.body)
	}
	result := h.refresh()
	for _, c := range cases {
		t.Run(c.about, func(t *testing.T) {
			wantWarning(t, result.Warnings, landing(c.name), "rejected", c.reason)
			ledger := h.ledgerOf(c.name)
			if len(ledger) != 1 || !strings.HasPrefix(ledger[0], "rejected | ") || !strings.Contains(ledger[0], c.reason) {
				t.Errorf("ledger %q, want it rejected for %q", ledger, c.reason)
			}
		})
	}
	wantRows(t, "orders", []string{"SOUND"}, h.rows("select order_id from bronze.orders"))
	h.wantRules(os.DirFS(h.lake))
	if h.refresh().Published {
		t.Error("rejected files that lie there unchanged were taken for something new")
	}
}

// Refused records count among the lines, so that a line leads back to its record whatever stands before it.
func TestARecordThatIsNoCSVIsQuarantinedAloneAndTheLinesOfTheOthersCountIt(t *testing.T) {
	long := strings.Repeat("x", 10<<20)
	cases := []struct {
		about   string
		body    string // after the header
		loaded  []string
		refused []string
	}{
		{"too few fields", order("A") + "B,2025-07-05,7,1\n" + order("C"), []string{"2 A", "4 C"}, []string{"3 malformed_line"}},
		{"too many fields", order("A") + "B,2025-07-05,7,1,10,11\n" + order("C"), []string{"2 A", "4 C"}, []string{"3 malformed_line"}},
		{"one field", order("A") + "B\n" + order("C"), []string{"2 A", "4 C"}, []string{"3 malformed_line"}},
		{"text after a closing quote", order("A") + "\"B\"b,2025-07-05,7,1,10\n" + order("C"), []string{"2 A", "4 C"}, []string{"3 malformed_line"}},
		{"a quote that is not doubled", order("A") + "\"B \"60\" b\",2025-07-05,7,1,10\n" + order("C"), []string{"2 A", "4 C"}, []string{"3 malformed_line"}},
		{"a quote that never closes, in the middle", order("A") + "\"B,2025-07-05,7,1,10\n" + order("C") + order("D"), []string{"2 A"}, []string{"3 malformed_line"}},
		{"a quote that never closes, at the end", order("A") + order("B") + "C,2025-07-05,7,1,\"10\n", []string{"2 A", "3 B"}, []string{"4 malformed_line"}},
		{"a quote that never closes, without a last line end", order("A") + "B,2025-07-05,7,1,\"10", []string{"2 A"}, []string{"3 malformed_line"}},
		{"a quote that never closes, in the first record", "\"A,2025-07-05,7,1,10\n" + order("B"), nil, []string{"2 malformed_line"}},
		{"a quote as the last byte", order("A") + "\"", []string{"2 A"}, []string{"3 malformed_line"}},
		{"a field of 10 MB", order("A") + order(long) + order("C"), []string{"2 A", "4 C"}, []string{"3 malformed_line"}},
		{"a quoted field of 10 MB", order("A") + order(`"`+long+`"`) + order("C"), []string{"2 A", "4 C"}, []string{"3 malformed_line"}},
		{"a field of 10 MB in the first record", order(long) + order("B"), []string{"3 B"}, []string{"2 malformed_line"}},
		{"a field of 10 MB in the last record", order("A") + order(long), []string{"2 A"}, []string{"3 malformed_line"}},
		{"the first record", "A\n" + order("B"), []string{"3 B"}, []string{"2 malformed_line"}},
		{"the last record", order("A") + "B\n", []string{"2 A"}, []string{"3 malformed_line"}},
		{"the last record, without a line end", order("A") + "B", []string{"2 A"}, []string{"3 malformed_line"}},
		{"every record", "A\nB,b\nC,c,c,c,c,c\n", nil, []string{"2 malformed_line", "3 malformed_line", "4 malformed_line"}},
		{"several, apart and together", "A\n" + order("B") + "C\nD,d\n" + order("E") + order("F") + "G,g,g,g,g,g\n" + order("H") + "I\n" + order("J"),
			[]string{"3 B", "6 E", "7 F", "9 H", "11 J"},
			[]string{"2 malformed_line", "4 malformed_line", "5 malformed_line", "8 malformed_line", "10 malformed_line"}},
		{"after a quoted line end", order("\"A\na\"") + "B\n" + order("C"), []string{"2 A\na", "4 C"}, []string{"3 malformed_line"}},
		{"beside rows that are quarantined for what they say", order("A") + "B\n,2025-07-05,7,1,10\nD\n" + order("E"),
			[]string{"2 A", "6 E"}, []string{"3 malformed_line", "4 missing_order_id", "5 malformed_line"}},
		{"beside duplicates", order("A") + "B\n" + order("A") + order("C"), []string{"2 A", "5 C"}, []string{"3 malformed_line"}},
	}
	h := newShop(t)
	for i, c := range cases {
		h.put(landing(dayFile(i)), onDay(i, ordersHeader+c.body))
	}
	h.refresh()
	for i, c := range cases {
		t.Run(c.about, func(t *testing.T) {
			wantRows(t, "orders", c.loaded, h.ordersOf(dayFile(i)))
			wantRows(t, "quarantine", c.refused, h.refusedOf(dayFile(i)))
		})
	}
	h.wantRules(os.DirFS(h.lake))
}

func TestInAFileOfCRLFTheRecordsAndTheirRawTextsAreTheSame(t *testing.T) {
	h := newShop(t)
	name := "orders_2025_07_05.csv"
	h.put(landing(name), strings.ReplaceAll(aDay("A")+"B\n"+order("C")+"D,d\n", "\n", "\r\n"))
	h.refresh()
	wantRows(t, "orders", []string{"2 A", "4 C"}, h.ordersOf(name))
	wantRows(t, "raw texts", []string{"3 B", "5 D,d"}, h.rows("select line || ' ' || json_extract_string(row, '$.raw') from ops.quarantine where file_name = ? order by line", name))
	h.wantRules(os.DirFS(h.lake))
}

// Texts that the engine's parser, left alone, reads otherwise than the rules say.
func TestWhereTheEnginesParserHasHabitsOfItsOwnTheRulesDecide(t *testing.T) {
	crlf := func(text string) string { return strings.ReplaceAll(text, "\n", "\r\n") }
	cases := []struct {
		about   string
		body    string // with the header
		loaded  []string
		refused []string
	}{
		{"blank lines before the header", "\n\n" + aDay("A"), []string{"2 A"}, nil},
		{"a field too many that is empty", aDay("A") + "B,2025-07-05,7,1,10,\n" + order("C"), []string{"2 A", "4 C"}, []string{"3 malformed_line"}},
		{"an empty quotation and more in a record that is no CSV", aDay("A") + "\"B\"b,\"\"b\",2025-07-05,7,1,10\n" + order("C"), []string{"2 A", "4 C"}, []string{"3 malformed_line"}},
		{"blank lines before a refused record", ordersHeader + "\n" + order("A") + "\n\nB\n\n" + order("C"), []string{"2 A", "4 C"}, []string{"3 malformed_line"}},
		{"blank lines before a refused record, in a file of CRLF", crlf(ordersHeader + "\n" + order("A") + "B\n" + order("C")), []string{"2 A", "4 C"}, []string{"3 malformed_line"}},
		{"a header of LF, records of CRLF", ordersHeader + crlf(order("A")+order("B")), []string{"2 A", "3 B"}, nil},
		{"one line end of LF among CRLF", crlf(aDay("A")) + order("B") + crlf(order("C")), []string{"2 A", "3 B", "4 C"}, nil},
		{"a CR within a field", aDay("A") + order("B\rb") + order("C"), []string{"2 A", "3 B\rb", "4 C"}, nil},
	}
	h := newShop(t)
	for i, c := range cases {
		h.put(landing(dayFile(i)), onDay(i, c.body))
	}
	h.refresh()
	for i, c := range cases {
		t.Run(c.about, func(t *testing.T) {
			wantRows(t, "orders", c.loaded, h.ordersOf(dayFile(i)))
			wantRows(t, "quarantine", c.refused, h.refusedOf(dayFile(i)))
		})
	}
	h.wantRules(os.DirFS(h.lake))
}

func TestTheRawTextOfARefusedRecordIsKept(t *testing.T) {
	h := newShop(t)
	name := "orders_2025_07_05.csv"
	h.put(landing(name), ordersHeader+"A,a\n\"B\"b,2025-07-05,7,1,10\n"+order("C")+"D,d \"dd\" €\n")
	h.refresh()
	got := h.rows("select json_extract_string(row, '$.raw') from ops.quarantine where file_name = ? order by line", name)
	wantRows(t, "raw texts", []string{"A,a", "\"B\"b,2025-07-05,7,1,10", "D,d \"dd\" €"}, got)
}

func TestAFileThatIsWrittenInAnotherWayIsReadAllTheSame(t *testing.T) {
	two := ordersHeader + order("A") + order("B")
	both := []string{"2 A", "3 B"}
	cases := []struct {
		about   string
		body    string
		loaded  []string
		keptOut *string // columns that are not loaded
	}{
		{about: "columns in another order", body: "order_qty,product_id,order_id,customer_id,order_placement_date\n10,1,A,7,2025-07-05\n10,1,B,7,2025-07-05\n", loaded: both},
		{about: "a header in another case, with blanks around", body: " ORDER_ID ,Order_Placement_Date,customer_id,product_id,order_qty\n" + order("A") + order("B"), loaded: both},
		{about: "a quoted header", body: `"order_id","order_placement_date","customer_id","product_id","order_qty"` + "\n" + order("A") + order("B"), loaded: both},
		{about: "a byte order mark", body: "\xef\xbb\xbf" + two, loaded: both},
		{about: "CRLF", body: strings.ReplaceAll(two, "\n", "\r\n"), loaded: both},
		{about: "a byte order mark, a quoted header and CRLF", body: "\xef\xbb\xbf\"order_id\",order_placement_date,customer_id,product_id,order_qty\r\n" + strings.ReplaceAll(order("A")+order("B"), "\n", "\r\n"), loaded: both},
		{about: "no last line end", body: strings.TrimSuffix(two, "\n"), loaded: both},
		{about: "a last line end of CR alone", body: strings.ReplaceAll(two, "\n", "\r\n")[:len(two)+2], loaded: both},
		{about: "blank lines", body: ordersHeader + "\n" + order("A") + "\n\n" + order("B") + "\n\n", loaded: both},
		{about: "a header and nothing else", body: ordersHeader},
		{about: "a header without a line end and nothing else", body: strings.TrimSuffix(ordersHeader, "\n")},
		{about: "quoted fields", body: ordersHeader + `"A","2025-07-05","7","1","10"` + "\n" + order(`"B"`), loaded: both},
		{about: "a quoted comma, quote and line end", body: ordersHeader + order("\"A, \"\"a\"\"\n\na\"") + order("B"), loaded: []string{"2 A, \"a\"\n\na", "3 B"}},
		{about: "a quote within a field", body: ordersHeader + order(`A"a`) + order("B"), loaded: []string{`2 A"a`, "3 B"}},
		{about: "blanks around the values", body: ordersHeader + " A , 2025-07-05 , 7 , 1 , 10 \n" + order("\tB"), loaded: both},
		{about: "a column more", body: "order_id,note,order_placement_date,customer_id,product_id,order_qty\nA,x,2025-07-05,7,1,10\nB,,2025-07-05,7,1,10\n", loaded: both, keptOut: new("note")},
		{about: "columns more, of the same name and of the warehouse's own", body: "order_id,note,note,line,file_name,order_placement_date,customer_id,product_id,order_qty\nA,x,y,9,z,2025-07-05,7,1,10\nB,,,,,2025-07-05,7,1,10\n", loaded: both, keptOut: new("note, note, line, file_name")},
		{about: "a column more, with a quote and a line end in its name", body: "order_id,\"it's \"\"x\"\"\ny\",order_placement_date,customer_id,product_id,order_qty\nA,x,2025-07-05,7,1,10\nB,,2025-07-05,7,1,10\n", loaded: both, keptOut: new("it's \"x\"\ny")},
		{about: "a column more without a name", body: strings.ReplaceAll(two, "\n", ",\n"), loaded: both, keptOut: new("")},
	}
	h := newShop(t)
	for i, c := range cases {
		h.put(landing(dayFile(i)), onDay(i, c.body))
	}
	result := h.refresh()
	for i, c := range cases {
		t.Run(c.about, func(t *testing.T) {
			wantRows(t, "orders", c.loaded, h.ordersOf(dayFile(i)))
			wantRows(t, "quarantine", nil, h.refusedOf(dayFile(i)))
			ledger := "loaded | ∅"
			if c.keptOut != nil {
				ledger = "loaded | columns kept out: " + *c.keptOut
				wantWarning(t, result.Warnings, "kept out: "+*c.keptOut, dayFile(i))
			}
			wantRows(t, "ledger", []string{ledger}, h.ledgerOf(dayFile(i)))
		})
	}
	h.wantRules(os.DirFS(h.lake))
}

func TestAPackedFileIsReadLikeTheFileInIt(t *testing.T) {
	two := aDay("A") + order("B")
	h := newShop(t)
	bodies := []string{
		packed(t, two),
		packed(t, onDay(1, aDay("A"))) + packed(t, onDay(1, order("B"))), // members one after the other are one file
		packed(t, onDay(2, "\xef\xbb\xbf"+strings.ReplaceAll(two, "\n", "\r\n"))),
		packed(t, onDay(3, two+order(incompressible(200_000)))),
	}
	for i, body := range bodies {
		h.put(landing(dayFile(i)+".gz"), body)
	}
	h.refresh()
	for i := range bodies {
		wantRows(t, "orders", []string{"2 A", "3 B"}, h.rows("select line || ' ' || order_id from silver.orders where file_name = ? and line < 4 order by line", dayFile(i)+".gz"))
	}
	h.wantRules(os.DirFS(h.lake))
}

// Whatever the engine's parser makes of odd text, it must be what the second computation makes of it, record by record.
func TestOddTextIsReadAsTheIndependentComputationReadsIt(t *testing.T) {
	pieces := []string{",", ",", ",", "\n", "\n", "\"", "\"", "\"\"", "A", "7", "2025-07-05", "é", "'", ";", "\\", "\\\"", "10", "1",
		order("B"), order("\"C\nc\""), order("\"D,d\""), "\n" + order("E"), "\n" + order("F")}
	commasAtTheEnd, blankLines := regexp.MustCompile(`,+(\n|$)`), regexp.MustCompile(`\n+`)
	h := newShop(t)
	random := rand.New(rand.NewPCG(7, 5))
	for file := range 150 {
		var text strings.Builder
		text.WriteString(ordersHeader)
		for range 1 + random.IntN(25) {
			text.WriteString(pieces[random.IntN(len(pieces))])
		}
		body := blankLines.ReplaceAllString(commasAtTheEnd.ReplaceAllString(text.String(), "$1"), "\n")
		h.put(landing(dayFile(file)), body)
	}
	h.refresh()
	h.wantRules(os.DirFS(h.lake))
}

// That the readers do not share the engine's tables of refused records is held by TestEachBatchOfFilesHasItsOwnTableOfRefusedRecords.
func TestNoRefusedRecordIsLostWhenManyFilesAreReadAtTheSameTime(t *testing.T) {
	h := newShop(t)
	for file := range 60 {
		var body strings.Builder
		body.WriteString(ordersHeader)
		for record := range 100 {
			if (record+file)%3 == 0 {
				fmt.Fprintf(&body, "refused,%d\n", record)
			} else {
				body.WriteString(order(fmt.Sprintf("F%dR%d", file, record)))
			}
		}
		h.put(landing(dayFile(file)), body.String())
	}
	h.refresh(func(config *pipeline.Config) { config.Readers = 8 })
	h.wantRules(os.DirFS(h.lake))
}

func TestAnEmptyFieldIsTheEmptyTextBesideAColumnThatIsKeptOut(t *testing.T) {
	h := newShop(t)
	for i, header := range []string{"remark,order_id,order_placement_date,customer_id,product_id,order_qty", "order_id,order_placement_date,remark,customer_id,product_id,order_qty",
		"order_id,order_placement_date,customer_id,product_id,order_qty,remark"} {
		h.put(landing(dayFile(i)), header+"\n,,,,,\n")
		h.put(landing("refused_"+dayFile(i)), header+"\n,,,,,\nrefused\n")
	}
	h.refresh()
	wantRows(t, "records with their empty fields", []string{"6 6 6 6 6 6"},
		h.rows(`select concat_ws(' ', count(*), count(order_id), count(order_placement_date), count(customer_id), count(product_id), count(order_qty))
			from bronze.orders where order_id is null or concat(order_id, order_placement_date, customer_id, product_id, order_qty) = ''`))
	h.wantRules(os.DirFS(h.lake))
}
