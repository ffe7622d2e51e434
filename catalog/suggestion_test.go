package catalog

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestACorrectionIsSuggestedOnlyWhereItIsPlain(t *testing.T) {
	oats := []masterProduct{{"501", "Oats", "Snacks"}, {"503", "Oats", "Snacks"}, {"601", "Mix", "Mixes"}}
	broken := func(delivered string) brokenProduct { return brokenProduct{"Oats (350g)", delivered, "Oats", "Snacks"} }
	for name, test := range map[string]struct {
		broken  []brokenProduct
		master  []masterProduct
		unknown []string
		want    map[string]string // number by delivered id
	}{
		"its number stands in it":                           {[]brokenProduct{broken("No. 777")}, oats, []string{"502", "777"}, map[string]string{"No. 777": "777"}},
		"its number is written with decimals":               {[]brokenProduct{broken("777.0")}, oats, []string{"502", "777"}, map[string]string{"777.0": "777"}},
		"it continues the numbers of its variants":          {[]brokenProduct{broken("XYZ")}, oats, []string{"502", "777", "888"}, map[string]string{"XYZ": "502"}},
		"two numbers continue them":                         {[]brokenProduct{broken("XYZ")}, oats, []string{"502", "504"}, nil},
		"two rows want the number":                          {[]brokenProduct{broken("XYZ"), broken("ABC")}, oats, []string{"502", "777"}, nil},
		"another length is another family":                  {[]brokenProduct{broken("XYZ")}, oats, []string{"5020", "777"}, nil},
		"one variant is no family":                          {[]brokenProduct{broken("XYZ")}, oats[1:], []string{"502", "777"}, nil},
		"another category is another product":               {[]brokenProduct{{"Oats (350g)", "XYZ", "Oats", "Mixes"}}, oats, []string{"502", "777"}, nil},
		"variants without a common stem are no family":      {[]brokenProduct{broken("XYZ")}, append(oats, masterProduct{"901", "Oats", "Snacks"}), []string{"502", "777"}, nil},
		"one row and one number are left":                   {[]brokenProduct{broken("XYZ")}, nil, []string{"777"}, map[string]string{"XYZ": "777"}},
		"one row and no number":                             {[]brokenProduct{broken("XYZ")}, oats, nil, nil},
		"one number and two rows":                           {[]brokenProduct{broken("XYZ"), broken("")}, nil, []string{"777"}, nil},
		"two rows, each with its own number":                {[]brokenProduct{broken("No. 777"), broken("XYZ")}, oats, []string{"502", "777"}, map[string]string{"No. 777": "777", "XYZ": "502"}},
		"a row without anything in place of its number":     {[]brokenProduct{broken("")}, oats, []string{"502", "777"}, map[string]string{"": "502"}},
		"a number that stands in one and continues another": {[]brokenProduct{broken("No. 502"), broken("XYZ")}, oats, []string{"502", "777"}, nil},
	} {
		var got map[string]string
		for _, match := range matchProducts(test.broken, test.master, test.unknown) {
			if got == nil {
				got = map[string]string{}
			}
			got[match.row.Delivered] = match.id
			if match.why == "" {
				t.Errorf("%s: %s without a reason", name, match.id)
			}
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
