package catalog

import (
	"context"
	"encoding/csv"
	"fmt"
	"slices"
	"strings"
)

// Suggestion is a correction that is plain from the data. The business confirms it, not the program.
type Suggestion struct {
	File string `json:"file"` // in the SQL tree, "corrections/product_ids.csv"
	Line string `json:"line"` // to add to it
	Why  string `json:"why"`

	ProductID string `json:"product_id"`
	Waiting   Stake  `json:"waiting"` // the order rows that it would load

	row brokenProduct // of the master, which it gives a number
}

// Loads says that the correction would load a row of the quarantine: one of the product that it gives a number, or the row of the
// master that has none, as it was delivered.
func (s Suggestion) Loads(productCode string, delivered map[string]string) bool {
	trimmed := func(name string) string { return strings.Trim(delivered[name], " \t\r\n") }
	_, isMaster := delivered["product_name"]
	return productCode == "SB"+s.ProductID || isMaster && s.row.Name == trimmed("product_name") && s.row.Delivered == trimmed("product_id")
}

// brokenProduct is a row of the child's product master without a number that can be used.
type brokenProduct struct {
	Name      string `db:"delivered_name"`
	Delivered string `db:"delivered_id"` // "" for nothing
	Product   string `db:"product"`
	Category  string `db:"category"`
}

// masterProduct is a row of the master that is loaded.
type masterProduct struct {
	ID       string `db:"product_id"`
	Product  string `db:"product"`
	Category string `db:"category"`
}

// suggest looks for broken rows of the product master that products unknown to orders belong to.
func (v *QuarantineView) suggest(ctx context.Context, filter QuarantineFilter) ([]Suggestion, error) {
	if !slices.Contains([]string{"", "unknown_product", "invalid_product_id", "missing_key"}, filter.Reason) {
		return nil, nil
	}
	model, err := v.model("products")
	if err != nil {
		return nil, err
	}
	var broken []brokenProduct
	err = v.conn.SelectContext(ctx, &broken, fmt.Sprintf(`
		select distinct
			coalesce(trim(products.product_name, e' \t\r\n'), '') as delivered_name, coalesce(trim(products.product_id, e' \t\r\n'), '') as delivered_id,
			coalesce(judged.product, '') as product, coalesce(judged.category, '') as category
		from (%s) as judged
		inner join bronze.products as products on judged.file_name = products.file_name and judged.line = products.line
		where judged.outcome = 'quarantined' and judged.product is not null
		order by all`, model))
	if err != nil {
		return nil, err
	}
	var master []masterProduct
	if err := v.conn.SelectContext(ctx, &master, `select product_id, coalesce(product, '') as product, coalesce(category, '') as category
		from silver.products order by product_id`); err != nil {
		return nil, err
	}
	var unknown []string
	if err := v.conn.SelectContext(ctx, &unknown, `select distinct substr(product_code, 3) as product_id from quarantined
		where table_name = 'orders' and reason = 'unknown_product' and regexp_full_match(product_code, 'SB[0-9]+') order by all`); err != nil {
		return nil, err
	}
	var found []Suggestion
	for _, match := range matchProducts(broken, master, unknown) {
		if filter.Product != "" && filter.Product != match.id && filter.Product != "SB"+match.id {
			continue
		}
		var waiting []Stake
		if err := v.stakes(ctx, &waiting, QuarantineFilter{Product: match.id, Table: "orders", Reason: "unknown_product"}, "", "true"); err != nil {
			return nil, err
		}
		found = append(found, Suggestion{
			File: "corrections/product_ids.csv", Why: match.why, ProductID: match.id, Waiting: waiting[0],
			row: match.row, Line: csvLine(match.row.Name, match.row.Delivered, match.id, match.why),
		})
	}
	return found, nil
}

func csvLine(fields ...string) string {
	var line strings.Builder
	writer := csv.NewWriter(&line)
	_ = writer.Write(fields)
	writer.Flush()
	return strings.TrimSuffix(line.String(), "\n")
}

type productMatch struct {
	row brokenProduct
	id  string
	why string
}

// matchProducts finds, for each broken row, the one unknown number that is plainly its own: the number stands in what was
// delivered; or it alone continues the numbers of the product's other variants; or there is but one broken row and one
// unknown number. A row that more than one number fits, and a number that fits more than one row, is left to people.
func matchProducts(broken []brokenProduct, master []masterProduct, unknown []string) []productMatch {
	claims := map[string]int{}
	var found []productMatch
	for _, row := range broken {
		for _, rule := range []func(brokenProduct) ([]string, string){
			func(row brokenProduct) ([]string, string) { return holdsNumber(row, unknown) },
			func(row brokenProduct) ([]string, string) { return continuesNumbers(row, master, unknown) },
			func(brokenProduct) ([]string, string) { return onlyOne(broken, unknown) },
		} {
			fitting, why := rule(row)
			for _, id := range fitting {
				claims[id]++
			}
			if len(fitting) == 1 {
				found = append(found, productMatch{row, fitting[0], why})
			}
			if len(fitting) > 0 {
				break
			}
		}
	}
	return slices.DeleteFunc(found, func(match productMatch) bool { return claims[match.id] > 1 })
}

// holdsNumber: "No. 25891502" and "25891502.0" are plainly 25891502.
func holdsNumber(row brokenProduct, unknown []string) (fitting []string, why string) {
	digits := func(text string) string {
		return strings.Map(func(r rune) rune {
			if r < '0' || r > '9' {
				return -1
			}
			return r
		}, text)
	}
	whole, _, _ := strings.Cut(row.Delivered, ".")
	for _, id := range unknown {
		if id == digits(row.Delivered) || id == digits(whole) {
			fitting = append(fitting, id)
		}
	}
	return fitting, fmt.Sprintf("%q holds the number", row.Delivered)
}

// familyDigits are the last digits in which the numbers of a product's variants differ.
const familyDigits = 2

// continuesNumbers: variants of a product have numbers that differ in their last two digits only.
func continuesNumbers(row brokenProduct, master []masterProduct, unknown []string) (fitting []string, why string) {
	var family []string
	for _, other := range master {
		if other.Product == row.Product && other.Category == row.Category {
			family = append(family, other.ID)
		}
	}
	if len(family) < 2 || len(family[0]) <= familyDigits {
		return nil, ""
	}
	stem := family[0][:len(family[0])-familyDigits]
	belongs := func(id string) bool { return len(id) == len(family[0]) && strings.HasPrefix(id, stem) }
	for _, id := range family {
		if !belongs(id) {
			return nil, ""
		}
	}
	for _, id := range unknown {
		if belongs(id) {
			fitting = append(fitting, id)
		}
	}
	return fitting, fmt.Sprintf("its other variants are %s", strings.Join(family, " and "))
}

// onlyOne: there is one broken row, and one unknown number.
func onlyOne(broken []brokenProduct, unknown []string) ([]string, string) {
	if len(broken) != 1 || len(unknown) != 1 {
		return nil, ""
	}
	return unknown, "the only product without a number, and the only number in orders without a product"
}
