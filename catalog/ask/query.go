package ask

// Query is what a question means: SQL, chart and text are all made from it, and from nothing else.
type Query struct {
	Kind       Kind
	Measures   []string // names of measures of the model
	Groups     []string // names of dimensions that are not times, in order
	Grain      string   // of the time that is grouped by, a name of a time dimension; "" for none
	Filters    []Filter // all hold
	Periods    []Period // any holds; none is all of the data
	NotPeriods []Period

	Aggregate      string   // average, median, minimum or maximum of the measure's totals by Over
	MoreAggregates []string // more of them, of the same totals
	Over           string   // a dimension

	Calc      Calc
	Step      string   // growth and difference: since the month, quarter or year before
	Span      int      // moving: periods; analysis: its number
	Numerator []Filter // share of these in the rest
	Within    []string // dimensions a ranking or share is made within
	Sides     *Filter  // two values that are compared with each other
	Parts     []Filter // each its own row, of one dimension
	Versus    bool     // Periods[0] is compared with Periods[1]

	Having     []Threshold
	CountRows  bool // the number of groups, not the groups
	TopShare   bool // the share of the ranked ones together
	Descending bool
	Ranked     bool
	Limit      int
	Offset     int    // of the second best, 1
	Fixed      *Fixed // the same things throughout

	Percent    float64     // Pareto
	All        []Condition // the set kind: sales of each of these
	ButFilters []Filter    // the set kind: not these
	ButPeriods []Period
	Subject    string // a set's or metadata's dimension or measure
	Chart      string // asked for
}

// Condition is rows that a member of a set must have.
type Condition struct {
	Filters []Filter
	Periods []Period
}

// Fixed keeps the first of a ranking over all that is asked for, which are then shown by time or group.
type Fixed struct {
	Dimension  string
	Limit      int
	Descending bool
}

// Kind is the shape of a query.
type Kind string

// Kinds of queries.
const (
	KindFigures     Kind = "figures"
	KindList        Kind = "list"
	KindPareto      Kind = "pareto"
	KindAnomaly     Kind = "anomaly"
	KindVolatility  Kind = "volatility"
	KindSeasonality Kind = "seasonality"
	KindNew         Kind = "new"
	KindLost        Kind = "lost"
	KindSet         Kind = "set"
	KindWhy         Kind = "why"
	KindPeriod      Kind = "period"
	KindRefresh     Kind = "refresh"
	KindMeaning     Kind = "meaning"
	KindColumns     Kind = "columns"
)

// Calc is what is computed from a measure over the groups.
type Calc string

// Calculations.
const (
	CalcShare      Calc = "share"
	CalcGrowth     Calc = "growth"
	CalcDifference Calc = "difference"
	CalcCumulative Calc = "cumulative"
	CalcMoving     Calc = "moving"
)

// Filter keeps the rows where a dimension has one of the values.
type Filter struct {
	Dimension string
	Values    []string
	Negated   bool
	Name      string // of a part, as it was said
}

// Threshold keeps the groups whose measure lies beyond a number.
type Threshold struct {
	Measure    string
	Op         string // gt, ge, lt, le, equal, between
	Value, And float64
	Percent    bool // of the total
}

// Period is months, both ends included, counted from year 0: year × 12 + month - 1.
type Period struct {
	From, To int
	Open     bool // an end was not said: since, until
}

func (p Period) months() int { return p.To - p.From + 1 }

func monthIndex(year, month int) int { return year*12 + month - 1 }

// grain is the unit that a period is one of: year, quarter, month, or "".
func (p Period) grain() string {
	switch n := p.months(); {
	case n == 1:
		return "month"
	case n == 3 && p.From%3 == 0:
		return "quarter"
	case n == 12 && p.From%12 == 0:
		return "year"
	}
	return ""
}

func (p Period) shift(months int) Period { return Period{From: p.From + months, To: p.To + months} }

// before is the period of the same length that ends where p begins.
func (p Period) before() Period { return p.shift(-p.months()) }
