package oracle

import (
	"cmp"
	"database/sql"
	"slices"
	"time"
)

// Customer is a row of gold.dim_customers.
type Customer struct {
	CustomerCode string `column:"customer_code"`
	Customer     Text   `column:"customer"`
	Market       Text   `column:"market"`
	Platform     Text   `column:"platform"`
	Channel      Text   `column:"channel"`
}

// Product is a row of gold.dim_products.
type Product struct {
	ProductCode string `column:"product_code"`
	Division    Text   `column:"division"`
	Category    Text   `column:"category"`
	Product     Text   `column:"product"`
	Variant     Text   `column:"variant"`
}

// GrossPrice is a row of gold.dim_gross_price and of gold.sb_dim_gross_price.
type GrossPrice struct {
	ProductCode string `column:"product_code"`
	PriceINR    Paise  `column:"price_inr"`
	Year        int    `column:"year"`
}

// Month is a row of gold.dim_date.
type Month struct {
	MonthStartDate Date   `column:"month_start_date"`
	DateKey        int    `column:"date_key"` // 202507
	Year           int    `column:"year"`
	MonthName      string `column:"month_name"`       // July
	MonthShortName string `column:"month_short_name"` // Jul
	Quarter        string `column:"quarter"`          // Q3
	YearQuarter    string `column:"year_quarter"`     // 2025-Q3
}

// Fact is a row of gold.fact_orders: what a customer bought of a product in a month.
type Fact struct {
	Date         Date   `column:"date"` // the first of the month
	ProductCode  string `column:"product_code"`
	CustomerCode string `column:"customer_code"`
	SoldQuantity int64  `column:"sold_quantity"`
}

// SBCustomer is a row of gold.sb_dim_customers.
type SBCustomer struct {
	CustomerCode string `column:"customer_code"`
	CustomerName Text   `column:"customer_name"`
	City         Text   `column:"city"`
	Customer     Text   `column:"customer"`
	Market       Text   `column:"market"`
	Platform     Text   `column:"platform"`
	Channel      Text   `column:"channel"`
}

// SBProduct is a row of gold.sb_dim_products.
type SBProduct struct {
	ProductCode string `column:"product_code"`
	ProductID   string `column:"product_id"`
	Division    Text   `column:"division"`
	Category    Text   `column:"category"`
	Product     Text   `column:"product"`
	Variant     Text   `column:"variant"`
}

// OrderLine is a row of gold.sb_fact_orders. No two are equal.
type OrderLine struct {
	OrderID      string `column:"order_id"`
	Date         Date   `column:"date"`
	ProductCode  string `column:"product_code"`
	CustomerCode string `column:"customer_code"`
	SoldQuantity int64  `column:"sold_quantity"`
}

// EnrichedFact is a row of gold.vw_fact_orders_enriched. What a left join did not find is null.
type EnrichedFact struct {
	Date           Date            `column:"date"`
	ProductCode    string          `column:"product_code"`
	CustomerCode   string          `column:"customer_code"`
	DateKey        int             `column:"date_key"`
	Year           int             `column:"year"`
	MonthName      string          `column:"month_name"`
	MonthShortName string          `column:"month_short_name"`
	Quarter        string          `column:"quarter"`
	YearQuarter    string          `column:"year_quarter"`
	Customer       Text            `column:"customer"`
	Market         Text            `column:"market"`
	Platform       Text            `column:"platform"`
	Channel        Text            `column:"channel"`
	Division       Text            `column:"division"`
	Category       Text            `column:"category"`
	Product        Text            `column:"product"`
	Variant        Text            `column:"variant"`
	SoldQuantity   int64           `column:"sold_quantity"`
	PriceINR       sql.Null[Paise] `column:"price_inr"`
	TotalAmountINR *Amount         `column:"total_amount_inr"` // nil without a price
}

func (c Customer) key() string   { return c.CustomerCode }
func (c SBCustomer) key() string { return c.CustomerCode }
func (p Product) key() string    { return p.ProductCode }
func (p SBProduct) key() string  { return p.ProductCode }

type productYear struct {
	productCode string
	year        int
}

func (p GrossPrice) key() productYear { return productYear{p.ProductCode, p.Year} }

type factKey struct {
	date                      Date
	productCode, customerCode string
}

func (f Fact) key() factKey { return factKey{f.Date, f.ProductCode, f.CustomerCode} }

// gold makes the gold tables from what was loaded.
func gold(sb childTables, company parentTables) Warehouse {
	var w Warehouse
	w.SBDimCustomers = sbCustomers(sb, company)
	w.SBDimProducts = sb.products
	w.SBDimGrossPrice = yearPrices(sb.prices)
	w.SBFactOrders = sb.lines

	w.DimCustomers = allCustomers(w.SBDimCustomers, company)
	w.DimProducts = firstOfEachKey(Product.key, company.products, mapped(sb.products, SBProduct.asProduct))
	w.DimGrossPrice = firstOfEachKey(GrossPrice.key, company.prices, w.SBDimGrossPrice)
	w.FactOrders = monthlyFacts(company.facts, sb.lines)
	w.DimDate = monthsTouched(w.FactOrders)

	w.sort()
	w.Enriched = enriched(w)
	return w
}

// sbCustomers has the unknown customer, which no master overrides, the child's master, and a member inferred for each
// customer of a loaded order line whom neither the child's nor the parent's master has.
func sbCustomers(sb childTables, company parentTables) []SBCustomer {
	var inferred []SBCustomer
	masters := keys(company.customers, Customer.key)
	for _, line := range sb.lines {
		if !masters[line.CustomerCode] {
			name := "Unknown " + line.CustomerCode
			inferred = append(inferred, sbCustomer(line.CustomerCode, some(name), Text{}, name))
		}
	}
	return firstOfEachKey(SBCustomer.key,
		[]SBCustomer{sbCustomer(unknownCustomer, some("Unknown"), Text{}, "Unknown")},
		mapped(sb.customers, func(c masterCustomer) SBCustomer {
			return sbCustomer(c.id, c.name, c.city, orUnknown(c.name)+"-"+orUnknown(c.city))
		}),
		inferred,
	)
}

func sbCustomer(code string, name, city Text, customer string) SBCustomer {
	return SBCustomer{
		CustomerCode: code,
		CustomerName: name,
		City:         city,
		Customer:     some(customer),
		Market:       some(sbMarket),
		Platform:     some(sbPlatform),
		Channel:      some(sbChannel),
	}
}

// allCustomers has the parent's master, the child's customers that are not in it, and a member inferred for each customer
// of a parent fact who is in neither.
func allCustomers(sb []SBCustomer, company parentTables) []Customer {
	unknown := some("Unknown")
	inferred := mapped(company.facts, func(f Fact) Customer {
		return Customer{f.CustomerCode, some("Unknown " + f.CustomerCode), unknown, unknown, unknown}
	})
	return firstOfEachKey(Customer.key, company.customers, mapped(sb, SBCustomer.asCustomer), inferred)
}

func (c SBCustomer) asCustomer() Customer {
	return Customer{c.CustomerCode, c.Customer, c.Market, c.Platform, c.Channel}
}

func (p SBProduct) asProduct() Product {
	return Product{p.ProductCode, p.Division, p.Category, p.Product, p.Variant}
}

// yearPrices has for each product and year the price of the latest month that has one.
func yearPrices(prices []monthPrice) []GrossPrice {
	latestFirst := slices.Clone(prices)
	slices.SortFunc(latestFirst, func(a, b monthPrice) int { return b.month.compare(a.month) })
	return firstOfEachKey(GrossPrice.key, mapped(latestFirst, func(p monthPrice) GrossPrice {
		return GrossPrice{p.productCode, p.price, p.month.Year}
	}))
}

// monthlyFacts sums the parent's facts and the child's order lines by month, product and customer.
func monthlyFacts(facts []Fact, lines []OrderLine) []Fact {
	quantity := map[factKey]int64{}
	for _, f := range facts {
		quantity[f.key()] += f.SoldQuantity
	}
	for _, l := range lines {
		quantity[factKey{l.Date.firstOfMonth(), l.ProductCode, l.CustomerCode}] += l.SoldQuantity
	}
	var all []Fact
	for key, sold := range quantity {
		all = append(all, Fact{key.date, key.productCode, key.customerCode, sold})
	}
	return all
}

// monthsTouched has every month of every year from the first fact's to the last's.
func monthsTouched(facts []Fact) []Month {
	if len(facts) == 0 {
		return nil
	}
	byDate := func(a, b Fact) int { return a.Date.compare(b.Date) }
	first, last := slices.MinFunc(facts, byDate).Date.Year, slices.MaxFunc(facts, byDate).Date.Year
	var months []Month
	for year := first; year <= last; year++ {
		for month := time.January; month <= time.December; month++ {
			months = append(months, monthOf(Date{year, month, 1}))
		}
	}
	return months
}

func monthOf(date Date) Month {
	return Month{
		MonthStartDate: date,
		DateKey:        date.Year*100 + int(date.Month),
		Year:           date.Year,
		MonthName:      date.Month.String(),
		MonthShortName: date.Month.String()[:3],
		Quarter:        date.quarter(),
		YearQuarter:    date.String()[:4] + "-" + date.quarter(),
	}
}

// enriched joins the facts with their month, customer, product and the price of their year.
func enriched(w Warehouse) []EnrichedFact {
	customers := byKey(w.DimCustomers, Customer.key)
	products := byKey(w.DimProducts, Product.key)
	prices := byKey(w.DimGrossPrice, GrossPrice.key)

	all := make([]EnrichedFact, 0, len(w.FactOrders))
	for _, fact := range w.FactOrders {
		month := monthOf(fact.Date)
		customer, product := customers[fact.CustomerCode], products[fact.ProductCode]
		price, priced := prices[productYear{fact.ProductCode, fact.Date.Year}]
		row := EnrichedFact{
			Date: fact.Date, ProductCode: fact.ProductCode, CustomerCode: fact.CustomerCode,
			DateKey: month.DateKey, Year: month.Year, MonthName: month.MonthName, MonthShortName: month.MonthShortName,
			Quarter: month.Quarter, YearQuarter: month.YearQuarter,
			Customer: customer.Customer, Market: customer.Market, Platform: customer.Platform, Channel: customer.Channel,
			Division: product.Division, Category: product.Category, Product: product.Product, Variant: product.Variant,
			SoldQuantity: fact.SoldQuantity,
		}
		if priced {
			row.PriceINR = sql.Null[Paise]{V: price.PriceINR, Valid: true}
			row.TotalAmountINR = amountOf(fact.SoldQuantity, price.PriceINR)
		}
		all = append(all, row)
	}
	return all
}

func (w *Warehouse) sort() {
	sortBy(w.DimCustomers, Customer.key)
	sortBy(w.SBDimCustomers, SBCustomer.key)
	sortBy(w.DimProducts, Product.key)
	sortBy(w.SBDimProducts, SBProduct.key)
	byProductAndYear := func(a, b GrossPrice) int {
		return cmp.Or(cmp.Compare(a.ProductCode, b.ProductCode), cmp.Compare(a.Year, b.Year))
	}
	slices.SortFunc(w.DimGrossPrice, byProductAndYear)
	slices.SortFunc(w.SBDimGrossPrice, byProductAndYear)
	slices.SortFunc(w.FactOrders, func(a, b Fact) int {
		return cmp.Or(a.Date.compare(b.Date), cmp.Compare(a.ProductCode, b.ProductCode), cmp.Compare(a.CustomerCode, b.CustomerCode))
	})
	slices.SortFunc(w.SBFactOrders, func(a, b OrderLine) int {
		return cmp.Or(cmp.Compare(a.OrderID, b.OrderID), a.Date.compare(b.Date), cmp.Compare(a.ProductCode, b.ProductCode),
			cmp.Compare(a.CustomerCode, b.CustomerCode), cmp.Compare(a.SoldQuantity, b.SoldQuantity))
	})
}

func sortBy[T any](rows []T, key func(T) string) {
	slices.SortFunc(rows, func(a, b T) int { return cmp.Compare(key(a), key(b)) })
}

// firstOfEachKey has the rows of the lists one after the other, of rows with the same key only the first.
func firstOfEachKey[T any, K comparable](key func(T) K, lists ...[]T) []T {
	seen := map[K]bool{}
	var all []T
	for _, list := range lists {
		for _, row := range list {
			if !seen[key(row)] {
				seen[key(row)] = true
				all = append(all, row)
			}
		}
	}
	return all
}

func byKey[T any, K comparable](rows []T, key func(T) K) map[K]T {
	found := make(map[K]T, len(rows))
	for _, row := range rows {
		found[key(row)] = row
	}
	return found
}

func keys[T any, K comparable](rows []T, key func(T) K) map[K]bool {
	found := make(map[K]bool, len(rows))
	for _, row := range rows {
		found[key(row)] = true
	}
	return found
}

func mapped[A, B any](rows []A, of func(A) B) []B {
	all := make([]B, 0, len(rows))
	for _, row := range rows {
		all = append(all, of(row))
	}
	return all
}
