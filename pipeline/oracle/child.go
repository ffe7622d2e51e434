package oracle

import (
	"regexp"
	"strings"
)

// childTables are the loaded values of the child, in no order.
type childTables struct {
	customers []masterCustomer
	products  []SBProduct
	prices    []monthPrice
	lines     []OrderLine
}

// A masterCustomer is a customer as the child's master has it, cleaned.
type masterCustomer struct {
	id   string
	name Text
	city Text
}

func (c masterCustomer) key() string { return c.id }

// judgeCustomer: a row whose customer_id is no number has no key that an order could name.
func judgeCustomer(r row) (masterCustomer, Reason) {
	id, name := r.text("customer_id"), r.text("customer_name")
	if !isNumber(id.V) {
		return masterCustomer{}, MissingKey
	}
	name.V = capitalised(name.V)
	return masterCustomer{id: id.V, name: name, city: cityOf(id.V, r.text("city"))}, passes
}

// cityOf is the city after its typos are corrected. One that is missing or unknown is the one the business confirmed for the customer, or null.
func cityOf(customerID string, delivered Text) Text {
	if city, known := knownCities()[delivered.V]; known {
		return some(city)
	}
	if city, confirmed := confirmedCities()[customerID]; confirmed {
		return some(city)
	}
	return Text{}
}

// customerCode is the code under which an order counts: its customer_id, the unknown customer's where that is no number.
func customerCode(id Text) string {
	if !isNumber(id.V) {
		return unknownCustomer
	}
	return id.V
}

// judgeProduct judges and cleans a row of the child's product master.
func judgeProduct(r row) (SBProduct, Reason) {
	id := r.text("product_id")
	if !id.Valid {
		return SBProduct{}, MissingKey
	}
	if !isNumber(id.V) {
		return SBProduct{}, InvalidProductID
	}
	product, variant := splitName(r.text("product_name"))
	category := categoryOf(r.text("category"))
	return SBProduct{
		ProductCode: sbProductCode(id.V),
		ProductID:   id.V,
		Division:    some(divisionOf(category)),
		Category:    category,
		Product:     product,
		Variant:     variant,
	}, passes
}

func sbProductCode(productID string) string { return "SB" + productID }

// withoutTypo writes Protein for Protien in any case.
func withoutTypo(text string) string { return anyProtien.ReplaceAllString(text, "Protein") }

var anyProtien = regexp.MustCompile(`(?i)protien`)

// splitName gives the text in the last parentheses of a name, and the name without them.
func splitName(delivered Text) (product, variant Text) {
	name := withoutTypo(delivered.V)
	all := parentheses.FindAllStringIndex(name, -1)
	if len(all) == 0 {
		return textOf(name), Text{}
	}
	start, end := all[len(all)-1][0], all[len(all)-1][1]
	return textOf(name[:start] + name[end:]), textOf(name[start+1 : end-1])
}

// parentheses matches a pair with no other inside.
var parentheses = regexp.MustCompile(`\([^()]*\)`)

// categoryOf is the category in title case.
func categoryOf(delivered Text) Text {
	return Text{V: capitalised(strings.ToLower(withoutTypo(delivered.V))), Valid: delivered.Valid}
}

func divisionOf(category Text) string {
	if division, known := categoryDivisions()[category.V]; known {
		return division
	}
	return otherDivision
}

// A productMaster has the loaded products of the child, by product_id: what prices and orders may name.
type productMaster map[string]bool

func newProductMaster(loaded []SBProduct) productMaster {
	master := productMaster{}
	for _, product := range loaded {
		master[product.ProductID] = true
	}
	return master
}

// A monthPrice is the price of a product of the child in one month.
type monthPrice struct {
	productCode string
	month       Date
	price       Paise
}

type productMonth struct {
	productCode string
	month       Date
}

func (p monthPrice) key() productMonth { return productMonth{p.productCode, p.month} }

// judgePrice judges and cleans a row of the child's prices. A price below zero is a sign error.
func (m productMaster) judgePrice(r row) (monthPrice, Reason) {
	price, isPrice := readPrice(r.text("gross_price").V)
	if !isPrice || price == 0 {
		return monthPrice{}, MissingPrice
	}
	date, isDate := readFigures(r.text("month").V)
	if !isDate {
		return monthPrice{}, UnparsableMonth
	}
	id := r.text("product_id").V
	if !m[id] {
		return monthPrice{}, UnknownProduct
	}
	return monthPrice{productCode: sbProductCode(id), month: date.firstOfMonth(), price: max(price, -price)}, passes
}

// judgeOrderLine judges and cleans a row of an order file.
func (m productMaster) judgeOrderLine(r row) (OrderLine, Reason) {
	orderID := r.text("order_id")
	if !orderID.Valid {
		return OrderLine{}, MissingOrderID
	}
	date, isDate := readOrderDate(r.text("order_placement_date").V, fileDate(r.sheet.name))
	if !isDate {
		return OrderLine{}, UnparsableDate
	}
	quantity, reason := judgeQuantity(r.text("order_qty"))
	if reason != passes {
		return OrderLine{}, reason
	}
	id := r.text("product_id").V
	if !m[id] {
		return OrderLine{}, UnknownProduct
	}
	return OrderLine{
		OrderID:      orderID.V,
		Date:         date,
		ProductCode:  sbProductCode(id),
		CustomerCode: customerCode(r.text("customer_id")),
		SoldQuantity: quantity,
	}, passes
}

// judgeQuantity is the rule for quantities of orders and of parent facts alike.
func judgeQuantity(text Text) (int64, Reason) {
	if !text.Valid {
		return 0, MissingQuantity
	}
	quantity, ok := readQuantity(text.V)
	if !ok {
		return 0, InvalidQuantity
	}
	return quantity, passes
}
