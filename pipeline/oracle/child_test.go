package oracle

import (
	"fmt"
	"strings"
	"testing"
)

func TestCustomersAreCleaned(t *testing.T) {
	w := warehouseOf(t, on("child/customers/c.csv", customersHeader+
		"1, sprintX nutrition ,Bengaluruu\n"+
		"2,champion's choice (main),Bengalore\n"+
		"3,A,Hyderabadd\n"+
		"4,A,Hyderbad\n"+
		"5,A,NewDelhi\n"+
		"6,A,NewDheli\n"+
		"7,A,\" NewDelhee\t\"\n"+
		"8,A,Mumbai\n"+
		"9,A,\n"+
		"10,,Hyderabad\n"+
		"11,,\n"+
		"789403,A,\n"+
		"789420,A,\n"+
		"789521,A,Mumbai\n"+
		"789603,A,New Delhi\n"))
	var got []string
	for _, c := range w.SBDimCustomers {
		city, name := c.City.V, c.CustomerName.V
		got = append(got, strings.Join([]string{c.CustomerCode, name, city, c.Customer.V}, "|"))
	}
	wantEqual(t, got, []string{
		"1|SprintX Nutrition|Bengaluru|SprintX Nutrition-Bengaluru",
		"10||Hyderabad|Unknown-Hyderabad",
		"11|||Unknown-Unknown",
		"2|Champion's Choice (main)|Bengaluru|Champion's Choice (main)-Bengaluru",
		"3|A|Hyderabad|A-Hyderabad",
		"4|A|Hyderabad|A-Hyderabad",
		"5|A|New Delhi|A-New Delhi",
		"6|A|New Delhi|A-New Delhi",
		"7|A|New Delhi|A-New Delhi",
		"789403|A|New Delhi|A-New Delhi",
		"789420|A|Bengaluru|A-Bengaluru",
		"789521|A|Hyderabad|A-Hyderabad",
		"789603|A|New Delhi|A-New Delhi",
		"8|A||A-Unknown",
		"9|A||A-Unknown",
		"999999|Unknown||Unknown",
	})
}

func TestACustomerRowWithoutAUsableKeyIsQuarantined(t *testing.T) {
	w := warehouseOf(t, on("child/customers/c.csv", customersHeader+",A,\nabc,A,\n-1,A,\n1.0,A,\n1,A,\n"))
	wantEqual(t, w.quarantineOf(customers), []string{"2 missing_key", "3 missing_key", "4 missing_key", "5 missing_key"})
}

func TestOrdersOfACustomerIDThatIsNoNumberCountForTheUnknownCustomer(t *testing.T) {
	w := warehouseOf(t,
		on("child/customers/c.csv", customersHeader+"999999,Somebody,Bengaluru\n"),
		julyFifth("a,2025-07-05,abc,1,1\na,2025-07-05,,1,2\na,2025-07-05,999999,1,4\n"))
	wantEqual(t, w.rowsOf(t, "gold.fact_orders"), []string{"2025-07-01|SB1|999999|7"})
	wantEqual(t, w.rowsOf(t, "gold.sb_dim_customers"), []string{"999999|Unknown|NULL|Unknown|India|Sports Bar|Acquisition"})
	wantEqual(t, w.account(t, customers, "child/customers/c.csv").Loaded, 1)
}

func TestACustomerThatNoMasterHasIsInferredFromLoadedLines(t *testing.T) {
	w := warehouseOf(t,
		on("child/customers/c.csv", customersHeader+"7,A,Bengaluru\n"),
		on("parent/dim_customers.csv", parentCustomersHeader+"8,P,India,E-Commerce,Direct\n"),
		julyFifth("a,2025-07-05,7,1,1\na,2025-07-05,8,1,1\na,2025-07-05,9,1,1\na,2025-07-05,10,unknown,1\n"))
	wantEqual(t, w.rowsOf(t, "gold.sb_dim_customers"), []string{
		"7|A|Bengaluru|A-Bengaluru|India|Sports Bar|Acquisition",
		"9|Unknown 9|NULL|Unknown 9|India|Sports Bar|Acquisition",
		"999999|Unknown|NULL|Unknown|India|Sports Bar|Acquisition",
	})
	wantEqual(t, w.rowsOf(t, "gold.dim_customers"), []string{
		"7|A-Bengaluru|India|Sports Bar|Acquisition",
		"8|P|India|E-Commerce|Direct",
		"9|Unknown 9|India|Sports Bar|Acquisition",
		"999999|Unknown|India|Sports Bar|Acquisition",
	})
}

func TestProductsAreCleaned(t *testing.T) {
	w := warehouseOf(t, on("child/products/p.csv", productsHeader+
		"SportsBar PROTIEN Bar (45g),1,protien BARS\n"+
		"Bar (new) Choco ( 60g ),2,energy bars\n"+
		"Bar,3,granola & cereals\n"+
		"Bar (60g) New,4,recovery dairy\n"+
		"Bar (60g,5,healthy snacks\n"+
		"Bar (),6,electrolyte mix\n"+
		"(60g),7,something else\n"+
		",8,\n"))
	wantEqual(t, w.rowsOf(t, "gold.sb_dim_products"), []string{
		"SB1|1|Nutrition Bars|Protein Bars|SportsBar Protein Bar|45g",
		"SB2|2|Nutrition Bars|Energy Bars|Bar (new) Choco|60g",
		"SB3|3|Breakfast Foods|Granola & Cereals|Bar|NULL",
		"SB4|4|Dairy & Recovery|Recovery Dairy|Bar  New|60g",
		"SB5|5|Healthy Snacks|Healthy Snacks|Bar (60g|NULL",
		"SB6|6|Hydration & Electrolytes|Electrolyte Mix|Bar|NULL",
		"SB7|7|Other|Something Else|NULL|60g",
		"SB8|8|Other|NULL|NULL|NULL",
	})
}

func TestAProductRowWithoutANumberIsQuarantined(t *testing.T) {
	w := warehouseOf(t, on("child/products/p.csv", productsHeader+"Bar,,c\nBar,XYZ123,c\nBar,1,c\n"))
	wantEqual(t, w.quarantineOf(products), []string{"2 missing_key", "3 invalid_product_id"})
}

func TestPricesAreReadInFourFormsAndSignErrorsCorrected(t *testing.T) {
	w := warehouseOf(t, on("child/gross_price/g.csv", pricesHeader+
		"1,2021-07-01,84\n1,2022/08/15,-84.005\n1,05/06/2023,+84.5\n1,01-09-2024,000084.004\n"))
	wantEqual(t, w.rowsOf(t, "gold.sb_dim_gross_price"),
		[]string{"SB1|84.00|2021", "SB1|84.01|2022", "SB1|84.50|2023", "SB1|84.00|2024"})
}

func TestPriceReasonsComeInTheirOrder(t *testing.T) {
	w := warehouseOf(t, on("child/gross_price/g.csv", pricesHeader+
		"1,2025-07-01,1\n"+
		"9,never,\n"+
		"1,2025-07-01,unknown\n"+
		"1,2025-07-01,0.00\n"+
		"1,2025-07-01,1e3\n"+
		"1,2025-07-01,.5\n"+
		"1,2025-07-01,5.\n"+
		"1,2025-07-01,0.004\n"+
		"1,2025-07-01,10000000000000000\n"+
		"9,\"July 01, 2025\",1\n"+
		"1,2025-7-1,1\n"+
		"1,,1\n"+
		"9,2025-07-01,1\n"+
		",2025-07-01,1\n"))
	wantEqual(t, w.quarantineOf(grossPrice), []string{
		"3 missing_price", "4 missing_price", "5 missing_price", "6 missing_price", "7 missing_price", "8 missing_price",
		"9 missing_price", "10 missing_price", "11 unparsable_month", "12 unparsable_month", "13 unparsable_month",
		"14 unknown_product", "15 unknown_product"})
}

func TestTheYearsPriceIsThatOfTheLatestMonthWithAUsableOne(t *testing.T) {
	w := warehouseOf(t, on("child/gross_price/g.csv", pricesHeader+
		"1,2025-11-01,86\n1,2025-12-01,unknown\n1,2025-10-01,85\n1,2026-01-01,90\n1,2025-11-30,99\n"))
	wantEqual(t, w.rowsOf(t, "gold.sb_dim_gross_price"), []string{"SB1|86.00|2025", "SB1|90.00|2026"})
	wantEqual(t, w.account(t, grossPrice, "child/gross_price/g.csv"),
		Account{TableName: grossPrice, FileName: "child/gross_price/g.csv", Read: 5, Loaded: 3, Duplicate: 1, Quarantined: 1})
}

func TestOrderDatesAreReadInFiveFormsWithOrWithoutAWeekday(t *testing.T) {
	for _, date := range []string{
		"2025/07/05", "2025-07-05", "05-07-2025", "05/07/2025", "July 05, 2025", "JULY 05, 2025",
		"Saturday, July 05, 2025", "Saturday,July 05, 2025", "monday,  2025/07/05", "Sunday, 05/07/2025", "Friday, 05-07-2025", " 2025-07-05\t",
	} {
		w := warehouseOf(t, julyFifth(`a,"`+date+"\",7,1,1\n"))
		if got := w.SBFactOrders; len(got) != 1 || got[0].Date != (Date{2025, 7, 5}) {
			t.Errorf("%q is read as %v", date, got)
		}
	}
	for _, text := range []string{
		"", "2025-7-5", "5/7/2025", "05/07/25", "Jul 05, 2025", "July 5, 2025", "July 05 2025", "July  05, 2025",
		"Saturday July 05, 2025", "Sat, July 05, 2025", "Someday, 2025-07-05",
		"2025-02-29", "2025-13-01", "31/04/2025", "July 32, 2025", "1999-12-31", "2101-01-01", "2025-07-05 00:00", "2025.07.05",
	} {
		w := warehouseOf(t, julyFifth(`a,"`+text+"\",7,1,1\n"))
		if got := w.quarantineOf(orders); len(got) != 1 || got[0] != "2 unparsable_date" {
			t.Errorf("%q is read as %v", text, w.SBFactOrders)
		}
	}
}

func TestASlashDateThatReadsBothWaysIsDecidedByTheFilesDate(t *testing.T) {
	for _, c := range []struct {
		name, date string
		want       Date
	}{
		{"orders_2025_07_05.csv", "05/07/2025", Date{2025, 7, 5}},
		{"orders_2025_05_07.csv", "05/07/2025", Date{2025, 5, 7}},
		{"orders_2025_05_07.csv", "Friday, 05/07/2025", Date{2025, 5, 7}},
		{"orders_2025_08_01.csv", "05/07/2025", Date{2025, 7, 5}},
		{"orders_2025_05_07.csv", "05-07-2025", Date{2025, 7, 5}},
		{"late_orders_2025_05_07_b.csv.gz", "05/07/2025", Date{2025, 5, 7}},
		{"orders_2025_13_45.csv", "05/07/2025", Date{2025, 7, 5}},
		{"orders.csv", "05/07/2025", Date{2025, 7, 5}},
		{"orders_x_orders_2025_05_07.csv", "05/07/2025", Date{2025, 5, 7}},
		{"orders_2025_07_25.csv", "07/25/2025", Date{}},
		{"orders_2025_07_25.csv", "25/07/2025", Date{2025, 7, 25}},
	} {
		content := ordersHeader + fmt.Sprintf("a,%q,7,1,1\n", c.date)
		if strings.HasSuffix(c.name, ".gz") {
			content = gzipped(t, content)
		}
		w := warehouseOf(t, on("child/orders/landing/"+c.name, content))
		var got Date
		for _, line := range w.SBFactOrders {
			got = line.Date
		}
		if got != c.want {
			t.Errorf("%s in %s: got %s, want %s", c.date, c.name, got, c.want)
		}
	}
}

func TestOrderReasonsComeInTheirOrder(t *testing.T) {
	w := warehouseOf(t, julyFifth(
		"a,2025-07-05,7,1,1000000000000.000\n"+
			",never,7,9,\n"+
			"a,never,7,9,\n"+
			"a,2025-07-05,7,9,\n"+
			"a,2025-07-05,7,9,0\n"+
			"a,2025-07-05,7,1,-3\n"+
			"a,2025-07-05,7,1,1.5\n"+
			"a,2025-07-05,7,1,1.\n"+
			"a,2025-07-05,7,1,+1\n"+
			"a,2025-07-05,7,1,many\n"+
			"a,2025-07-05,7,1,1000000000001\n"+
			"a,2025-07-05,7,1,99999999999999999999\n"+
			"a,2025-07-05,7,9,1\n"+
			"a,2025-07-05,7,,1\n"+
			"a,2025-07-05,7,01,1\n"))
	wantEqual(t, w.quarantineOf(orders), []string{
		"3 missing_order_id", "4 unparsable_date", "5 missing_quantity", "6 invalid_quantity", "7 invalid_quantity",
		"8 invalid_quantity", "9 invalid_quantity", "10 invalid_quantity", "11 invalid_quantity", "12 invalid_quantity",
		"13 invalid_quantity", "14 unknown_product", "15 unknown_product", "16 unknown_product"})
	wantEqual(t, w.rowsOf(t, "gold.sb_fact_orders"), []string{"a|2025-07-05|SB1|7|1000000000000"})
}

func TestAProductInQuarantineIsUnknownToPricesAndOrders(t *testing.T) {
	w := warehouseOf(t,
		on("child/products/p.csv", productsHeader+"Bar,XYZ,c\n"),
		on("parent/dim_products.csv", parentProductsHeader+"SB1,d,c,p,v\n"),
		on("child/gross_price/g.csv", pricesHeader+"XYZ,2025-07-01,1\n1,2025-07-01,1\n"),
		julyFifth("a,2025-07-05,7,XYZ,1\na,2025-07-05,7,1,1\n"))
	wantEqual(t, w.quarantineOf(grossPrice), []string{"2 unknown_product", "3 unknown_product"})
	wantEqual(t, w.quarantineOf(orders), []string{"2 unknown_product", "3 unknown_product"})
}

func TestOfEqualOrderLinesTheOneInTheLeastFileIsLoaded(t *testing.T) {
	w := warehouseOf(t,
		at(tuesday, "child/orders/processed/orders_2025_07_05.csv", ordersHeader+
			"a,2025-07-05,7,1,1\na,05/07/2025, 7 ,1,1.0\na,2025-07-05,7,1,2\na,2025-07-05,x,1,1\na,2025-07-05,y,1,1\n"),
		on("child/orders/landing/orders_2025_07_06.csv", ordersHeader+"a,2025-07-05,7,1,1\nb,2025-07-05,7,1,1\n"))
	wantEqual(t, w.rowsOf(t, "gold.sb_fact_orders"), []string{
		"a|2025-07-05|SB1|7|1", "a|2025-07-05|SB1|7|2", "a|2025-07-05|SB1|999999|1", "b|2025-07-05|SB1|7|1"})
	wantEqual(t, w.account(t, orders, "orders_2025_07_05.csv"),
		Account{TableName: orders, FileName: "orders_2025_07_05.csv", Read: 5, Loaded: 3, Duplicate: 2})
	wantEqual(t, w.account(t, orders, "orders_2025_07_06.csv"),
		Account{TableName: orders, FileName: "orders_2025_07_06.csv", Read: 2, Loaded: 1, Duplicate: 1})
}
