package oracle

import (
	"errors"
	"fmt"
	"io/fs"
	"math/big"
)

// Warehouse is what a refresh of a lake must come to. Every slice is sorted by its columns from left to right,
// so that equal warehouses are equal slices; no slice depends on the order in which a folder lists its files.
type Warehouse struct {
	DimCustomers  []Customer
	DimProducts   []Product
	DimGrossPrice []GrossPrice
	DimDate       []Month
	FactOrders    []Fact

	SBDimCustomers  []SBCustomer
	SBDimProducts   []SBProduct
	SBDimGrossPrice []GrossPrice
	SBFactOrders    []OrderLine

	// Enriched is gold.vw_fact_orders_enriched.
	Enriched []EnrichedFact

	// Quarantine has a row for each quarantined record, by table, file and line.
	Quarantine []Quarantined
	// Accounts has one account for each delivered file; a file rejected whole has one of zeros.
	Accounts []Account
	// Rejected are the files that could not be read as their table at all.
	Rejected []RejectedFile
}

// Compute reads parent/ and child/ under lake and applies the business rules. A lake that has neither is a child's
// root, a warehouse of the child's sales; its files are named child/… all the same, so that a file keeps its name
// when the parent joins. An error means that the lake could not be read; bad content never is an error.
func Compute(lake fs.FS) (Warehouse, error) {
	parent, err := folder(lake, "parent")
	if err != nil {
		return Warehouse{}, err
	}
	child, err := folder(lake, "child")
	if err != nil {
		return Warehouse{}, err
	}
	if parent == nil && child == nil {
		child = lake
	}
	return ComputeSources(parent, child)
}

// ComputeSources is [Compute] for a parent and a child that lie apart. Either may be nil.
func ComputeSources(parent, child fs.FS) (Warehouse, error) {
	delivered, err := readLake(parent, child)
	if err != nil {
		return Warehouse{}, err
	}
	books := openBooks(delivered)

	var sb childTables
	sb.customers = settleByKey(books, judge(books, delivered.sheets(customers), judgeCustomer), masterCustomer.key)
	sb.products = settleByKey(books, judge(books, delivered.sheets(products), judgeProduct), SBProduct.key)
	master := newProductMaster(sb.products)
	sb.prices = settleByKey(books, judge(books, delivered.sheets(grossPrice), master.judgePrice), monthPrice.key)
	sb.lines = settleOrderLines(books, judge(books, delivered.sheets(orders), master.judgeOrderLine))

	var company parentTables
	company.customers = settleByKey(books, judge(books, delivered.sheets(parentDimCustomers), judgeParentCustomer), Customer.key)
	company.products = settleByKey(books, judge(books, delivered.sheets(parentDimProducts), judgeParentProduct), Product.key)
	company.prices = settleByKey(books, judge(books, delivered.sheets(parentDimGrossPrice), judgeParentPrice), GrossPrice.key)
	company.facts = settleByKey(books, judge(books, delivered.sheets(parentFactOrders), judgeParentFact), Fact.key)

	warehouse := gold(sb, company)
	warehouse.Quarantine = books.quarantined()
	warehouse.Accounts = books.accounted()
	warehouse.Rejected = delivered.rejected
	return warehouse, nil
}

// RevenueByQuarter is the sum of total_amount_inr by year and quarter ("2024-Q1"), exact. Facts without a price add nothing.
func (w Warehouse) RevenueByQuarter() map[string]*Amount {
	revenue := map[string]*Amount{}
	for _, fact := range w.Enriched {
		if revenue[fact.YearQuarter] == nil {
			revenue[fact.YearQuarter] = &Amount{}
		}
		if fact.TotalAmountINR != nil {
			sum := &revenue[fact.YearQuarter].paise
			sum.Add(sum, &fact.TotalAmountINR.paise)
		}
	}
	return revenue
}

// UniqueCustomers is count(distinct customer_code) over the facts.
func (w Warehouse) UniqueCustomers() int {
	codes := map[string]bool{}
	for _, fact := range w.FactOrders {
		codes[fact.CustomerCode] = true
	}
	return len(codes)
}

// Amount is an exact sum of money of any size.
type Amount struct{ paise big.Int }

// amountOf is quantity × price.
func amountOf(quantity int64, price Paise) *Amount {
	amount := &Amount{}
	amount.paise.Mul(big.NewInt(quantity), big.NewInt(int64(price)))
	return amount
}

// String is the amount in rupees with two decimals, as the engine writes a DECIMAL(…,2).
func (a *Amount) String() string { return rupees(&a.paise) }

func rupees(paise *big.Int) string {
	return new(big.Rat).SetFrac(paise, big.NewInt(100)).FloatString(2)
}

// folder is the folder of that name in a lake, nil where there is none.
func folder(lake fs.FS, name string) (fs.FS, error) {
	info, err := fs.Stat(lake, name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("look for %s: %w", name, err)
	}
	if !info.IsDir() {
		return nil, nil
	}
	return fs.Sub(lake, name)
}
