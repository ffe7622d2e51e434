package semantic

// Roles of words. The first two come from the model (the meaning is the name of the measure or dimension), the others
// from the language files.
const (
	RoleMeasure     = "measure"
	RoleDimension   = "dimension"
	RoleAggregate   = "aggregate"   // total, average, median, minimum, maximum, count
	RoleCalculation = "calculation" // share, growth, difference, running total, moving average …
	RoleCompare     = "compare"     // versus, compared to
	RoleThreshold   = "threshold"   // more than, at least, between
	RoleOrder       = "order"       // top, bottom, ascending, descending
	RoleTime        = "time"        // periods and what is said of them: last, this, since, until, ago
	RoleMonth       = "month"       // names of months; the meaning is "1" to "12"
	RoleGroup       = "group"       // by, per, for each
	RoleNegation    = "negation"    // excluding, without, not
	RoleOrdinal     = "ordinal"     // first, second; the meaning is the number
	RoleMatch       = "match"       // starts with, contains
	RoleNumber      = "number"      // one, dozen; the meaning is the number
	RoleScale       = "scale"       // thousand, million, lakh, crore; the meaning is the factor
	RoleUnit        = "unit"        // rupees, percent, pieces
	RoleAnalysis    = "analysis"    // pareto, anomaly, volatility, seasonality, why, new and lost customers, bought
	RoleMetadata    = "metadata"    // period covered, last refresh, which values exist, definition, rows
	RoleChart       = "chart"       // as a pie, a line …
	RoleFollowUp    = "followup"    // and, only, instead, same
	RoleConnective  = "connective"  // and, or, of, in: carry structure or nothing
	RoleNoise       = "noise"       // polite wrapping, articles, auxiliary verbs: safe to leave out
	RoleAbsent      = "absent"      // what the data do not hold: profit, cost, stock, forecast, people
	RoleUnsafe      = "unsafe"      // writing, other tables, files, orders to break the rules
	RoleVague       = "vague"       // profitable, performance: must be asked back
)

// Roles are the roles that the language files give words, each with the meanings that the grammar knows.
var Roles = map[string][]string{
	"aggregate":   {"sum", "average", "median", "minimum", "maximum", "count", "distinct", "deviation"},
	"calculation": {"share", "share_of_group", "growth", "difference", "running_total", "moving_average", "rank"},
	"compare":     {"versus"},
	"threshold":   {"more_than", "at_least", "less_than", "at_most", "between", "equal"},
	"order":       {"top", "bottom", "descending", "ascending", "sorted", "alphabetical", "chronological"},
	"time":        {"monthly", "quarterly", "yearly", "trend", "last", "this", "next", "since", "onwards", "until", "before", "after", "during", "between", "to_date", "quarter_to_date", "ago", "half", "first_half", "second_half", "all", "year_over_year", "month_over_month", "quarter_over_quarter", "today", "month", "quarter", "year", "season"},
	"month":       {"1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12"},
	"group":       {"by", "each"},
	"negation":    {"exclude", "not", "include"},
	"ordinal":     {"1", "2", "3", "4", "5"},
	"match":       {"starts_with", "contains", "ends_with"},
	"number":      {"1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "15", "20", "25", "30", "50", "80", "100"},
	"scale":       {"1000", "100000", "1000000", "10000000", "1000000000", "1000000000000"},
	"unit":        {"INR", "percent", "pieces"},
	"analysis":    {"pareto", "anomaly", "volatility", "seasonality", "why", "new", "lost", "returning", "bought", "sold", "distribution", "correlation", "since_when", "when"},
	"metadata":    {"period", "refreshed", "values", "meaning", "rows", "columns", "help"},
	"chart":       {"bar", "line", "area", "pie", "histogram", "scatter", "heatmap", "table", "counter", "any"},
	"followup":    {"and", "only", "instead", "same", "add", "remove", "reverse", "it"},
	"connective":  {"and", "or", "of", "as", "than", "who", "while"},
	"noise":       {"article", "pronoun", "auxiliary", "question", "polite", "verb", "data"},
	"absent":      {"profit", "cost", "stock", "forecast", "target", "people", "order", "day", "return", "discount", "tax", "geography", "person", "delivery", "opinion", "brand", "competitor", "currency", "weather", "payment"},
	"unsafe":      {"write", "tables", "files", "override", "secrets", "execute"},
	"vague":       {"profitable", "performance", "price", "good", "recent", "few"},
}
