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
