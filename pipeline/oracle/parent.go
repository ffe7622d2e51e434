package oracle

import "strconv"

// parentTables are the loaded values of the parent, in no order.
type parentTables struct {
	customers []Customer
	products  []Product
	prices    []GrossPrice
	facts     []Fact
}

func judgeParentCustomer(r row) (Customer, Reason) {
	code := r.text("customer_code")
	if !code.Valid {
		return Customer{}, MissingKey
	}
	return Customer{
		CustomerCode: code.V,
		Customer:     r.text("customer"),
		Market:       r.text("market"),
		Platform:     r.text("platform"),
		Channel:      r.text("channel"),
	}, passes
}

func judgeParentProduct(r row) (Product, Reason) {
	code := r.text("product_code")
	if !code.Valid {
		return Product{}, MissingKey
	}
	return Product{
		ProductCode: code.V,
		Division:    r.text("division"),
		Category:    r.text("category"),
		Product:     r.text("product"),
		Variant:     r.text("variant"),
	}, passes
}

// judgeParentPrice: the key is product and year. Unlike the child's, a parent's price below zero is no sign error.
func judgeParentPrice(r row) (GrossPrice, Reason) {
	code, yearText := r.text("product_code"), r.text("year")
	if !code.Valid || !yearText.Valid {
		return GrossPrice{}, MissingKey
	}
	year, err := strconv.Atoi(yearText.V)
	if err != nil || !isNumber(yearText.V) || year < firstYear || year > lastYear {
		return GrossPrice{}, UnparsableDate
	}
	price, ok := readPrice(r.text("price_inr").V)
	if !ok || price <= 0 {
		return GrossPrice{}, InvalidPrice
	}
	return GrossPrice{ProductCode: code.V, PriceINR: price, Year: year}, passes
}

// judgeParentFact: the key is month, product and customer, and any of them may be missing; a fact is of a date's month.
func judgeParentFact(r row) (Fact, Reason) {
	dateText, product, customer := r.text("date"), r.text("product_code"), r.text("customer_code")
	if !dateText.Valid || !product.Valid || !customer.Valid {
		return Fact{}, MissingKey
	}
	date, ok := readDate(dateText.V)
	if !ok {
		return Fact{}, UnparsableDate
	}
	quantity, reason := judgeQuantity(r.text("sold_quantity"))
	if reason != passes {
		return Fact{}, reason
	}
	return Fact{Date: date.firstOfMonth(), ProductCode: product.V, CustomerCode: customer.V, SoldQuantity: quantity}, passes
}
