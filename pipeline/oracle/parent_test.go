package oracle

import "testing"

func TestParentRowsHaveReasonsToo(t *testing.T) {
	w := warehouseOf(t,
		on("parent/dim_customers.csv", parentCustomersHeader+",A,,,\nC,,,,\n"),
		on("parent/dim_products.csv", parentProductsHeader+" ,d,c,p,v\nP,,,,\n"),
		on("parent/dim_gross_price.csv", parentPricesHeader+
			",x,x\nP,x,\nP,x,24\nP,x,1999\nP,x,2101\nP,x,2024.0\nP,,2024\nP,x,2024\nP,0,2024\nP,-5,2024\nP,5,2024\n"),
		on("parent/fact_orders.csv", parentFactsHeader+
			",P,C,1\n2024-01-01,,C,1\n2024-01-01,P,,1\nnever,P,C,\n2024-01-01,P,C,\n2024-01-01,P,C,0\n2024-01-01,P,C,1.5\n2024-01-01,P,C,5.0\n"))
	wantEqual(t, w.quarantineOf(parentDimCustomers), []string{"2 missing_key"})
	wantEqual(t, w.quarantineOf(parentDimProducts), []string{"2 missing_key"})
	wantEqual(t, w.quarantineOf(parentDimGrossPrice), []string{
		"2 missing_key", "3 missing_key", "4 unparsable_date", "5 unparsable_date", "6 unparsable_date", "7 unparsable_date",
		"8 invalid_price", "9 invalid_price", "10 invalid_price", "11 invalid_price"})
	wantEqual(t, w.quarantineOf(parentFactOrders), []string{
		"2 missing_key", "3 missing_key", "4 missing_key", "5 unparsable_date", "6 missing_quantity", "7 invalid_quantity", "8 invalid_quantity"})
	wantEqual(t, w.rowsOf(t, "gold.vw_fact_orders_enriched"), []string{
		"2024-01-01|P|C|202401|2024|January|Jan|Q1|2024-Q1|NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL|5|5.00|25.00"})
}

func TestAParentFactIsOfItsDatesMonthAndSlashDatesAreDayFirst(t *testing.T) {
	w := warehouseOf(t, on("parent/fact_orders_2024_05_07.csv", parentFactsHeader+
		"05/07/2024,P,C,1\n\"Monday, August 15, 2024\",P,C,2\n"))
	wantEqual(t, w.rowsOf(t, "gold.fact_orders"), []string{"2024-07-01|P|C|1", "2024-08-01|P|C|2"})
}

func TestTheSameKeyTwiceIsSettledByTheNewestFile(t *testing.T) {
	const key = "2024-01-01,P,C,"
	w := warehouseOf(t,
		at(tuesday, "parent/fact_orders_a.csv", parentFactsHeader+key+"0\n"+key+"1\n2024-01-31,P,C,2\n"),
		at(monday, "parent/fact_orders_b.csv", parentFactsHeader+key+"4\n"+key+"8\n2024-02-01,P,C,16\n"),
	)
	wantEqual(t, w.rowsOf(t, "gold.fact_orders"), []string{"2024-01-01|P|C|1", "2024-02-01|P|C|16"})
	wantEqual(t, w.account(t, parentFactOrders, "parent/fact_orders_a.csv"), Account{
		TableName: parentFactOrders, FileName: "parent/fact_orders_a.csv", Read: 3, Loaded: 1, Duplicate: 1, Quarantined: 1})
	wantEqual(t, w.account(t, parentFactOrders, "parent/fact_orders_b.csv"), Account{
		TableName: parentFactOrders, FileName: "parent/fact_orders_b.csv", Read: 3, Loaded: 1, Duplicate: 1, Superseded: 1})
}

func TestOfTwoFilesOfTheSameSecondTheGreaterPathIsTheNewer(t *testing.T) {
	w := warehouseOf(t,
		at(monday.Add(1), "child/customers/a.csv", customersHeader+"1,A,\n2,A,\n"),
		at(monday, "child/customers/b.csv", customersHeader+"1,B,\n"))
	wantEqual(t, w.rowsOf(t, "gold.dim_customers"), []string{
		"1|B-Unknown|India|Sports Bar|Acquisition",
		"2|A-Unknown|India|Sports Bar|Acquisition",
		"999999|Unknown|India|Sports Bar|Acquisition"})
	wantEqual(t, w.account(t, customers, "child/customers/a.csv").Superseded, 1)
}

func TestAKeyOnlyInQuarantineInTheNewestFileKeepsTheOlderRow(t *testing.T) {
	w := warehouseOf(t,
		at(monday, "child/gross_price/a.csv", pricesHeader+"1,2025-07-01,84\n"),
		at(tuesday, "child/gross_price/b.csv", pricesHeader+"1,2025-07-01,unknown\n"))
	wantEqual(t, w.rowsOf(t, "gold.dim_gross_price"), []string{"SB1|84.00|2025"})
}

func TestTheParentsRowComesBeforeTheChilds(t *testing.T) {
	w := warehouseOf(t,
		on("parent/dim_customers.csv", parentCustomersHeader+"7,P,m,p,c\n"),
		on("parent/dim_products.csv", parentProductsHeader+"SB1,d,c,p,v\n"),
		on("parent/dim_gross_price.csv", parentPricesHeader+"SB1,5,2025\n"),
		on("child/customers/c.csv", customersHeader+"7,A,\n"),
		on("child/gross_price/g.csv", pricesHeader+"1,2025-07-01,84\n1,2026-07-01,85\n"))
	wantEqual(t, w.rowsOf(t, "gold.dim_customers"), []string{"7|P|m|p|c", "999999|Unknown|India|Sports Bar|Acquisition"})
	wantEqual(t, w.rowsOf(t, "gold.dim_products"), []string{"SB1|d|c|p|v", "SB2|Nutrition Bars|Energy Bars|Bar|40g"})
	wantEqual(t, w.rowsOf(t, "gold.dim_gross_price"), []string{"SB1|5.00|2025", "SB1|85.00|2026"})
}

func TestAParentFactOfAnUnknownCustomerInfersOneAndOfAnUnknownProductHasNullAttributes(t *testing.T) {
	w := warehouseOf(t, on("parent/fact_orders.csv", parentFactsHeader+"2024-01-01,P,C,1\n"))
	wantEqual(t, w.rowsOf(t, "gold.vw_fact_orders_enriched"), []string{
		"2024-01-01|P|C|202401|2024|January|Jan|Q1|2024-Q1|Unknown C|Unknown|Unknown|Unknown|NULL|NULL|NULL|NULL|1|NULL|NULL"})
	wantEqual(t, w.rowsOf(t, "gold.sb_dim_customers"), []string{"999999|Unknown|NULL|Unknown|India|Sports Bar|Acquisition"})
}

func TestFactsOfParentAndChildAreSummedByMonth(t *testing.T) {
	w := warehouseOf(t,
		on("parent/fact_orders.csv", parentFactsHeader+"2025-07-01,SB1,7,100\n"),
		julyFifth("a,2025-07-05,7,1,1\na,2025-07-05,7,1,2\nb,2025-07-31,7,1,4\nb,2025-08-01,7,1,8\n"))
	wantEqual(t, w.rowsOf(t, "gold.fact_orders"), []string{"2025-07-01|SB1|7|107", "2025-08-01|SB1|7|8"})
}

func TestTheCalendarHasEveryMonthOfTheYearsBetweenTheFirstFactAndTheLast(t *testing.T) {
	w := warehouseOf(t, on("parent/fact_orders.csv", parentFactsHeader+"2023-05-01,P,C,1\n2025-02-01,P,C,1\n"))
	rows := w.rowsOf(t, "gold.dim_date")
	wantEqual(t, len(rows), 36)
	wantEqual(t, rows[0], "2023-01-01|202301|2023|January|Jan|Q1|2023-Q1")
	wantEqual(t, rows[30], "2025-07-01|202507|2025|July|Jul|Q3|2025-Q3")
	wantEqual(t, rows[35], "2025-12-01|202512|2025|December|Dec|Q4|2025-Q4")
}

func TestRevenueIsExactBeyondWhatAFloatHolds(t *testing.T) {
	w := warehouseOf(t,
		on("parent/dim_gross_price.csv", parentPricesHeader+"P,9999999999999999.99,2024\nQ,0.01,2024\n"),
		on("parent/fact_orders.csv", parentFactsHeader+"2024-01-01,P,C,1000000000000\n2024-03-01,Q,C,1\n2024-03-01,R,C,1\n"))
	wantEqual(t, w.RevenueByQuarter()["2024-Q1"].String(), "9999999999999999990000000000.01")
}

func TestACustomerUnknownToBothMastersButSoldToByBothIsInferredAsTheChilds(t *testing.T) {
	w := warehouseOf(t,
		on("parent/fact_orders.csv", parentFactsHeader+"2025-07-01,P,9,1\n"),
		julyFifth("a,2025-07-05,9,1,1\n"))
	wantEqual(t, w.rowsOf(t, "gold.dim_customers"), []string{
		"9|Unknown 9|India|Sports Bar|Acquisition", "999999|Unknown|India|Sports Bar|Acquisition"})
}
