package semantic

import (
	"cmp"
	"context"
	"fmt"
	"math/bits"
	"slices"
	"strings"
	"unicode"

	"github.com/fmcg/fmcg/catalog"
)

// Querier runs a query: a *sql.DB, *sql.Conn or *sql.Tx, those of sqlx, or a guarded file.
type Querier = catalog.Queryer

// How a text was recognised as a value.
type How string

// Ways of recognising a value, best first.
const (
	HowExact  How = "exact"  // the same, but for case, accents, punctuation and spaces: "sports hub" is SportsHub
	HowAlias  How = "alias"  // another name, of the model
	HowPlural How = "plural" // the same, but for singular and plural
	HowWord   How = "word"   // some words of the value, whole and in their order: "Atlikon" of "Atlikon Official"
	HowPrefix How = "prefix" // the beginning of the value or of one of its words: "nutri"
	HowEdit   How = "edit"   // misspelt, see Match.Distance
)

var ways = []How{HowExact, HowAlias, HowPlural, HowWord, HowPrefix, HowEdit}

// Match is a value that a text may mean.
type Match struct {
	Dimension string
	Value     string // as in the data
	How       How
	Distance  int // letters changed, added, dropped or swapped, of HowEdit
}

// Index is all distinct values of the text and code dimensions of one published file. It does not change once it is built.
type Index struct {
	Longest   int // words in the longest value or alias
	values    []*value
	spellings map[string]string
	byName    map[string][]named   // an exact name, compact, of a value
	byWord    map[string][]*value  // a word of a value, in the singular
	of        map[string][]*value  // the values of a dimension, in order
	one       map[[2]string]*value // by dimension and value
}

// value is a value of a dimension with all that it can be found by.
type value struct {
	dimension *Dimension
	text      string
	normal    string
	words     []string // of normal, in the singular
	aliases   []string // normalized
	rows      int64    // of the view that have it
	print     int64    // of those rows: two sets of rows with one sum of prints are the same
}

type named struct {
	*value
	how How
}

// BuildIndex reads the values.
func BuildIndex(ctx context.Context, from Querier, model *Model) (*Index, error) {
	x := &Index{spellings: model.Spellings, byName: map[string][]named{}, byWord: map[string][]*value{}, of: map[string][]*value{}, one: map[[2]string]*value{}}
	if err := x.read(ctx, from, model); err != nil {
		return nil, fmt.Errorf("read the values of %s: %w", model.Source, err)
	}
	for _, alias := range model.Aliases {
		if v := x.one[[2]string{alias.Dimension, alias.Value}]; v != nil { // else Lint says so
			for _, name := range alias.Names {
				v.aliases = append(v.aliases, valueForm(name))
			}
		}
	}
	for _, v := range x.values {
		x.add(v)
	}
	return x, nil
}

// read reads all values in one pass over the view. A row's print is a hash of the row, of which the sum over some rows,
// taken modulo 2^31 so that it stays exact, tells sets of rows apart.
func (x *Index) read(ctx context.Context, from Querier, model *Model) error {
	var dimensions []*Dimension
	var columns, sets, names []string
	for i := range model.Dimensions {
		if d := &model.Dimensions[i]; d.Kind != KindTime {
			name := fmt.Sprintf("value_%d", len(dimensions))
			dimensions = append(dimensions, d)
			names, sets = append(names, name), append(sets, "("+name+")")
			columns = append(columns, fmt.Sprintf("cast((%s) as varchar) as %s", d.Expr, name))
		}
	}
	if len(dimensions) == 0 {
		return nil
	}
	rows, err := from.QueryContext(ctx, fmt.Sprintf(
		`with valued as (select %s, hash(view_rows) %% 2147483648 as print from %s as view_rows%s)
		select grouping(%[4]s) as which, coalesce(%[4]s, null) as value, count(*), cast(sum(print) as bigint)
		from valued group by grouping sets (%[5]s) having value is not null order by which desc, value`,
		strings.Join(columns, ", "), model.Source, model.where(), strings.Join(names, ", "), strings.Join(sets, ", ")))
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var which uint64 // a bit for each dimension, the first the highest; the one grouped by is 0
		v := &value{}
		if err := rows.Scan(&which, &v.text, &v.rows, &v.print); err != nil {
			return err
		}
		v.dimension = dimensions[len(dimensions)-bits.Len64(^which&(1<<len(dimensions)-1))]
		v.normal = valueForm(v.text)
		v.words = strings.Fields(Singular(v.normal))
		x.values = append(x.values, v)
		x.of[v.dimension.Name] = append(x.of[v.dimension.Name], v)
		x.one[[2]string{v.dimension.Name, v.text}] = v
	}
	return rows.Err()
}

// add makes a value findable.
func (x *Index) add(v *value) {
	x.byName[compact(v.normal)] = append(x.byName[compact(v.normal)], named{v, HowExact})
	x.Longest = max(x.Longest, len(v.words))
	if v.dimension.Kind == KindCode {
		return
	}
	for _, alias := range v.aliases {
		x.byName[compact(alias)] = append(x.byName[compact(alias)], named{v, HowAlias})
		x.Longest = max(x.Longest, strings.Count(alias, " ")+1)
	}
	for _, name := range append([]string{v.normal}, v.aliases...) {
		form := compact(Singular(name))
		x.byName[form] = append(x.byName[form], named{v, HowPlural})
	}
	for _, word := range slices.Compact(slices.Sorted(slices.Values(v.words))) {
		x.byWord[word] = append(x.byWord[word], v)
	}
}

// valueForm is Normalize without what people leave out in the middle of names: "&", "and", "et".
func valueForm(text string) string {
	words := strings.Fields(Normalize(text))
	var kept []string
	for i, word := range words {
		if inside := i > 0 && i+1 < len(words); !inside || word != "&" && word != "and" && word != "et" {
			kept = append(kept, word)
		}
	}
	return strings.Join(kept, " ")
}

func compact(form string) string { return strings.ReplaceAll(form, " ", "") }

// Find returns the values that a text may mean, best first: each value once, in the best way it is recognised. A caller
// who wants the best way alone takes Best. Nothing is found in less than two letters or digits.
func (x *Index) Find(text string) []Match {
	form := x.spell(valueForm(text))
	if len([]rune(compact(form))) < shortest && x.byName[compact(form)] == nil {
		return nil
	}
	found := map[*value]Match{}
	note := func(v *value, how How, distance int) {
		match := Match{Dimension: v.dimension.Name, Value: v.text, How: how, Distance: distance}
		if before, ok := found[v]; !ok || better(match, before) < 0 {
			found[v] = match
		}
	}
	for _, one := range x.byName[compact(form)] {
		note(one.value, one.how, 0)
	}
	for _, one := range x.byName[compact(Singular(form))] {
		if one.how != HowAlias {
			note(one.value, HowPlural, 0)
		}
	}
	if strings.ContainsFunc(form, unicode.IsLetter) { // a number is a value whole, or none
		words := strings.Fields(Singular(form))
		for _, v := range x.byWord[words[0]] {
			if contains(v.words, words) {
				note(v, HowWord, 0)
			}
		}
		if len(found) == 0 {
			x.prefixes(form, note)
		}
		if len(found) == 0 {
			x.misspelt(form, note)
		}
	}
	matches := make([]Match, 0, len(found))
	for _, match := range found {
		matches = append(matches, match)
	}
	slices.SortFunc(matches, func(a, b Match) int {
		return cmp.Or(better(a, b), x.rank(a)-x.rank(b), cmp.Compare(a.Value, b.Value))
	})
	return matches
}

// Lengths below which texts are too short to be the beginning of something, or a misspelling.
const (
	shortest      = 2
	shortestStart = 4
	shortestTypo  = 4
)

func better(a, b Match) int {
	return cmp.Or(slices.Index(ways, a.How)-slices.Index(ways, b.How), a.Distance-b.Distance)
}

func (x *Index) rank(m Match) int { return x.one[[2]string{m.Dimension, m.Value}].dimension.Rank }

func (x *Index) spell(form string) string {
	words := strings.Fields(form)
	for i, word := range words {
		if as, ok := x.spellings[word]; ok {
			words[i] = as
		}
	}
	return strings.Join(words, " ")
}

// contains says that all the words sought are among the words, side by side and in order.
func contains(words, sought []string) bool {
	for i := 0; i+len(sought) <= len(words); i++ {
		if slices.Equal(words[i:i+len(sought)], sought) {
			return true
		}
	}
	return false
}

// prefixes finds the values of which some word, or the whole, begins with the text.
func (x *Index) prefixes(form string, note func(*value, How, int)) {
	if len([]rune(form)) < shortestStart {
		return
	}
	for _, v := range x.values {
		if v.dimension.Kind == KindText && (strings.HasPrefix(v.normal, form) || strings.Contains(v.normal, " "+form) || strings.HasPrefix(compact(v.normal), compact(form))) {
			note(v, HowPrefix, 0)
		}
	}
}

// misspelt finds the values and aliases, else the words of values, that few letters tell from the text. A text of four to seven
// letters may have one wrong, a longer one two; a longer still that is several words, three.
func (x *Index) misspelt(form string, note func(*value, How, int)) {
	length := len([]rune(form))
	most := 0
	switch {
	case length < shortestTypo:
		return
	case length < 8:
		most = 1
	case length < 16:
		most = 2
	default:
		most = 3
	}
	near := func(v *value, name string) bool {
		distance := Distance(form, name, most)
		if distance <= most {
			note(v, HowEdit, distance)
		}
		return distance <= most
	}
	found := false
	for _, v := range x.values {
		if v.dimension.Kind == KindText {
			for _, name := range append([]string{v.normal}, v.aliases...) {
				found = near(v, name) || found
			}
		}
	}
	if found || strings.Contains(form, " ") { // a whole name is meant before a part of one
		return
	}
	for word, values := range x.byWord {
		for _, v := range values {
			if len([]rune(word)) >= shortestTypo {
				near(v, word)
			}
		}
	}
}

// Best keeps the matches that were recognised as well as the first.
func Best(matches []Match) []Match {
	for i, match := range matches {
		if better(match, matches[0]) != 0 {
			return matches[:i]
		}
	}
	return matches
}

// Values returns all values of a dimension, in order.
func (x *Index) Values(dimension string) []string {
	var values []string
	for _, v := range x.of[dimension] {
		values = append(values, v.text)
	}
	return values
}

// Has says that a dimension has a value, written exactly so.
func (x *Index) Has(dimension, value string) bool { return x.one[[2]string{dimension, value}] != nil }

// SameRows says that two sets of matches, each of different values of one dimension, select the same rows of the view:
// then it does not matter which of the two a person meant.
func (x *Index) SameRows(a, b []Match) bool {
	sum := func(matches []Match) (rows, print int64) {
		for _, m := range matches {
			if v := x.one[[2]string{m.Dimension, m.Value}]; v != nil {
				rows, print = rows+v.rows, print+v.print
			}
		}
		return rows, print
	}
	rowsA, printA := sum(a)
	rowsB, printB := sum(b)
	return rowsA == rowsB && printA == printB
}
