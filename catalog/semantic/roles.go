package semantic

// Roles of words. The first two come from the model (the meaning is the name of the measure or dimension), the others
// from the language files.
const (
	RoleMeasure     = "measure"
	RoleDimension   = "dimension"
	RoleAggregate   = "aggregate"    // total, average, median, minimum, maximum, count
	RoleHowMuch     = "howmuch"      // how much: a figure, not things
	RoleDistinct    = "distinct"     // different, unique: what a count counts anyway
	RoleHalf        = "half"         // half of the customers
	RoleCalculation = "calculation"  // share, growth, difference, running total, moving average
	RoleStep        = "step"         // month over month, year over year: what growth is since
	RoleCompare     = "compare"      // versus, compared to; more, less and than around two things that are compared
	RoleThreshold   = "threshold"    // more than, at least, between
	RoleOrder       = "order"        // top, bottom, ascending, descending
	RoleNegation    = "negation"     // excluding, without; excluded, after what it leaves out; not, of a set; only
	RoleGroup       = "group"        // by, per, for each; -wise, after a thing; x, between two
	RoleNumber      = "number"       // one, dozen; the meaning is the number
	RoleOrdinal     = "ordinal"      // first, second; the meaning is the number
	RoleScale       = "scale"        // thousand, million, lakh, crore; the meaning is the factor
	RoleUnit        = "unit"         // rupees, percent, pieces
	RoleTime        = "time"         // since, until, before, after: before or after a period
	RolePeriod      = "period"       // whole phrases that name a period: year to date
	RoleRelative    = "relative"     // last, previous, this, same: before a unit of time
	RoleUnitOfTime  = "unit_of_time" // month, quarter, half, year: after a number, or last
	RoleMonth       = "month"        // names of months; the meaning is "1" to "12"
	RoleGrain       = "grain"        // monthly, by quarter: what a series is by
	RoleVerb        = "verb"         // sell, buy, spend, earn, evolve
	RoleBoth        = "both"         // both of what follows, not either
	RoleEach        = "each"         // each of what was named, by itself
	RoleAnalysis    = "analysis"     // pareto, anomaly, volatility, seasonality, why, new and lost customers
	RoleMetadata    = "metadata"     // period covered, last refresh, which values exist, definition, columns
	RoleQuestion    = "question"     // which, list: things are asked for
	RoleAll         = "all"          // all, every single
	RoleChart       = "chart"        // as a pie, a line …
	RoleFollowUp    = "followup"     // what about, only, instead
	RoleConnective  = "connective"   // and, or, of, but: carry structure or nothing
	RoleNoise       = "noise"        // polite wrapping, articles, auxiliary verbs: safe to leave out
	RoleAbsent      = "absent"       // what the data do not hold: profit, cost, stock, forecast, people
	RoleUnsafe      = "unsafe"       // writing, other tables, files, orders to break the rules
	RoleVague       = "vague"        // profitable, performance: must be asked back
)

// Roles are the roles that the language files give words, each with the meanings that the grammar knows.
var Roles = map[string][]string{
	RoleAggregate:   {"total", "average", "median", "minimum", "maximum", "count"},
	RoleHowMuch:     {anyMeaning},
	RoleDistinct:    {anyMeaning},
	RoleHalf:        {anyMeaning},
	RoleCalculation: {"share", "growth", "difference", "cumulative", "moving"},
	RoleStep:        {"month", "quarter", "year"},
	RoleCompare:     {"versus", "more", "less", "than"},
	RoleThreshold:   {"gt", "ge", "lt", "le", "between", "equal"},
	RoleOrder:       {"top", "bottom", "desc", "asc"},
	RoleNegation:    {"except", "excluded", "not", "only"},
	RoleGroup:       {"by", "wise", "cross"},
	RoleNumber:      {"0.5", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15", "16", "18", "20", "24", "25", "30", "36", "40", "50", "60", "70", "80", "90", "100"},
	RoleOrdinal:     {"1", "2", "3", "4"},
	RoleScale:       {"1000", "100000", "1000000", "10000000", "1000000000", "1000000000000"},
	RoleUnit:        {"inr", "percent", "pieces"},
	RoleTime:        {"since", "onwards", "until", "before", "after"},
	RolePeriod: {"year_to_date", "quarter_to_date", "last_year", "this_year", "this_half", "this_quarter", "this_month", "year_before_last",
		"quarter_before_last", "month_before_last", "last_12_months", "all"},
	RoleRelative:   {"last", "previous", "this", "same"},
	RoleUnitOfTime: {"month", "quarter", "half", "year"},
	RoleMonth:      {"1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12"},
	RoleGrain:      {"month", "quarter", "year", "month_of_year", "quarter_of_year"},
	RoleVerb:       {"sell", "buy", "spend", "earn", "evolve"},
	RoleBoth:       {anyMeaning},
	RoleEach:       {anyMeaning},
	RoleAnalysis:   {"pareto", "anomaly", "volatility", "stable", "seasonality", "why", "new", "lost"},
	RoleMetadata:   {"period", "refresh", "exist", "meaning", "columns"},
	RoleQuestion:   {"which", "list"},
	RoleAll:        {"all"},
	RoleChart:      {"bar", "line", "area", "pie", "histogram", "scatter", "heatmap", "table", "counter", anyMeaning},
	RoleFollowUp:   {"about", "and", "only", "instead"},
	RoleConnective: {"and", "or", "of", "but"},
	RoleNoise:      {anyMeaning},
	RoleAbsent:     {"profit", "cost", "stock", "forecast", "people", "day", "discount", "returns", "orders", "tax", "place", "currency", "other"},
	RoleUnsafe:     {"write", "tables", "files", "rules", "secrets", "execute"},
	RoleVague:      {"profitable", "performance", "price", "good", "recent", "few", "season", "priciest", "cheapest"},
}

// anyMeaning is the meaning of a role that has but one.
const anyMeaning = "any"
