package oracle

// What the business decided case by case, as RULES.md lists it.

// knownCities gives the city for each way of writing it that is accepted. Any other city is unknown.
func knownCities() map[string]string {
	return map[string]string{
		"Bengaluru":  "Bengaluru",
		"Bengaluruu": "Bengaluru",
		"Bengalore":  "Bengaluru",
		"Hyderabad":  "Hyderabad",
		"Hyderabadd": "Hyderabad",
		"Hyderbad":   "Hyderabad",
		"New Delhi":  "New Delhi",
		"NewDelhi":   "New Delhi",
		"NewDheli":   "New Delhi",
		"NewDelhee":  "New Delhi",
	}
}

// confirmedCities gives the city of a customer whose city is missing.
func confirmedCities() map[string]string {
	return map[string]string{
		"789403": "New Delhi",
		"789420": "Bengaluru",
		"789521": "Hyderabad",
		"789603": "Hyderabad",
	}
}

// categoryDivisions gives the division of a category; any other, and none, is in otherDivision.
func categoryDivisions() map[string]string {
	return map[string]string{
		"Energy Bars":       "Nutrition Bars",
		"Protein Bars":      "Nutrition Bars",
		"Granola & Cereals": "Breakfast Foods",
		"Recovery Dairy":    "Dairy & Recovery",
		"Healthy Snacks":    "Healthy Snacks",
		"Electrolyte Mix":   "Hydration & Electrolytes",
	}
}

const otherDivision = "Other"

// The unknown customer, and what all customers of the child have in common.
const (
	unknownCustomer = "999999"
	sbMarket        = "India"
	sbPlatform      = "Sports Bar"
	sbChannel       = "Acquisition"
)
