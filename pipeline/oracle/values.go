package oracle

import (
	"database/sql"
	"math/big"
	"strconv"
	"strings"
	"unicode"
)

// Text is a text or null.
type Text = sql.Null[string]

func some(text string) Text { return Text{V: text, Valid: true} }

// trim takes blanks, tabs, CR and LF off both ends, and nothing else that may look blank.
func trim(text string) string { return strings.Trim(text, " \t\r\n") }

// textOf is a delivered text: trimmed, null where nothing is left.
func textOf(delivered string) Text {
	text := trim(delivered)
	return Text{V: text, Valid: text != ""}
}

// orUnknown is the text, "Unknown" where there is none.
func orUnknown(text Text) string {
	if !text.Valid {
		return "Unknown"
	}
	return text.V
}

// isNumber says whether an identifier is a number: digits and nothing else.
func isNumber(id string) bool {
	return id != "" && !strings.ContainsFunc(id, func(r rune) bool { return r < '0' || r > '9' })
}

// capitalised has the first character of each word in upper case and the rest as it was. Words are parted by blanks.
func capitalised(text string) string {
	startsWord := true
	return strings.Map(func(r rune) rune {
		first := startsWord
		startsWord = r == ' '
		if first {
			return unicode.ToUpper(r)
		}
		return r
	}, text)
}

const maxQuantity = 1_000_000_000_000

// readQuantity reads a whole number above zero and up to maxQuantity, written 156 or 156.0.
func readQuantity(text string) (quantity int64, ok bool) {
	whole, decimals, pointed := strings.Cut(text, ".")
	if !isNumber(whole) {
		return 0, false
	}
	if pointed && (decimals == "" || strings.Trim(decimals, "0") != "") {
		return 0, false
	}
	quantity, err := strconv.ParseInt(whole, 10, 64)
	return quantity, err == nil && quantity > 0 && quantity <= maxQuantity
}

// Paise is a price: hundredths of a rupee, what DECIMAL(18,2) holds.
type Paise int64

// String is the price in rupees with two decimals, as the engine writes a DECIMAL(18,2).
func (p Paise) String() string { return rupees(big.NewInt(int64(p))) }

// maxPaise is the greatest DECIMAL(18,2).
const maxPaise = 999_999_999_999_999_999

// readPrice reads a price: a sign or none, digits, and a point with digits or none. It is rounded to paise, half up in its
// amount (0.005 and -0.005 to 0.01 and -0.01). A price too great for DECIMAL(18,2) is not a number to us.
func readPrice(text string) (price Paise, ok bool) {
	digits, negative := strings.CutPrefix(text, "-")
	if !negative {
		digits = strings.TrimPrefix(text, "+")
	}
	whole, decimals, pointed := strings.Cut(digits, ".")
	if !isNumber(whole) || pointed && !isNumber(decimals) {
		return 0, false
	}
	decimals += "000"
	paise, err := strconv.ParseInt(whole+decimals[:2], 10, 64)
	if err != nil {
		return 0, false
	}
	if decimals[2] >= '5' {
		paise++
	}
	if paise > maxPaise {
		return 0, false
	}
	if negative {
		paise = -paise
	}
	return Paise(paise), true
}
