package guard

import "strings"

// What a statement may be made of, in the engine's own names. What is not here is refused.

// allowedClasses of expressions. Not here, among others: parameters, lambdas, positional references, collations.
var allowedClasses = set(`BETWEEN CASE CAST COLUMN_REF COMPARISON CONJUNCTION CONSTANT FUNCTION OPERATOR STAR SUBQUERY WINDOW`)

// allowedKinds of nodes of all sorts. Not here, among others: recursive expressions, pivots, describe and show, samples,
// lists and structs. The kinds of windows and comparisons are allowed all.
var allowedKinds = set(`
	SELECT_NODE SET_OPERATION_NODE
	BASE_TABLE SUBQUERY JOIN EMPTY EXPRESSION_LIST TABLE_FUNCTION
	ORDER_MODIFIER LIMIT_MODIFIER DISTINCT_MODIFIER ORDER_DEFAULT ASCENDING DESCENDING
	COLUMN_REF VALUE_CONSTANT FUNCTION OPERATOR_CAST CASE_EXPR STAR CONJUNCTION_AND CONJUNCTION_OR
	COMPARE_BETWEEN COMPARE_NOT_BETWEEN COMPARE_IN COMPARE_NOT_IN OPERATOR_NOT OPERATOR_IS_NULL OPERATOR_IS_NOT_NULL
	OPERATOR_COALESCE OPERATOR_NULLIF GROUPING_FUNCTION
	DECIMAL_TYPE_INFO`)

// allowedValues are types of values.
var allowedValues = set(`BOOLEAN TINYINT SMALLINT INTEGER BIGINT HUGEINT UTINYINT USMALLINT UINTEGER UBIGINT UHUGEINT FLOAT DOUBLE DECIMAL VARCHAR DATE
	TIMESTAMP INTERVAL NULL`)

// allowedTableFunctions make rows of their own; the limits of time and rows bound them.
var allowedTableFunctions = set(`generate_series range`)

// allowedFunctions depend on nothing but their arguments, and give no more than about what they are given.
var allowedFunctions = set(`
	+ - * / // % ^ ** || ~~ !~~ ~~* !~~* like_escape ilike_escape not_like_escape not_ilike_escape @ ^@

	any_value approx_count_distinct arg_max arg_min avg bool_and bool_or corr count count_if count_star covar_pop covar_samp first kurtosis last mad max
	mean median min mode quantile quantile_cont quantile_disc regr_intercept regr_r2 regr_slope skewness stddev stddev_pop
	stddev_samp sum var_pop var_samp variance max_by min_by

	cume_dist dense_rank first_value lag last_value lead nth_value ntile percent_rank rank row_number

	abs ceil ceiling exp floor greatest isfinite isinf isnan least ln log log10 log2 mod nullif pow power round sign sqrt trunc

	date_add date_diff date_part date_sub date_trunc datediff datepart datesub datetrunc day dayofmonth last_day make_date month monthname quarter strftime
	to_days to_months to_quarters to_weeks to_years year

	concat contains ends_with instr lcase left length lower ltrim position prefix regexp_full_match regexp_matches right rtrim split_part starts_with
	strip_accents strpos substr substring suffix trim ucase upper`)

// What more a statement over all published tables may be made of (QueryPublished). Not here: -> , which may be a lambda, and
// what reads a clock, a setting or the catalog.
var (
	moreKinds  = set(`SHOW_REF ARRAY_EXTRACT ARRAY_SLICE STRUCT_EXTRACT LIST_TYPE_INFO UNBOUND_TYPE_INFO`)
	moreValues = set(`TIME LIST JSON`)

	moreFunctions = set(`
		->> json_array_length json_contains json_exists json_extract json_extract_string json_type json_valid json_value

		approx_quantile entropy geomean product

		dayname dayofweek dayofyear decade century epoch epoch_ms hour isodow isoyear make_time make_timestamp microsecond millisecond minute second
		strptime time_bucket to_hours to_minutes to_seconds try_strptime week weekday weekofyear yearweek

		array_extract array_length array_position cardinality len list_contains list_distinct list_extract list_position list_sort list_unique
		list_value string_split str_split unnest

		acos asin atan atan2 cbrt cos degrees even gcd lcm pi radians sin tan

		ascii bit_length hash jaccard md5 nfc_normalize regexp_extract regexp_extract_all regexp_replace replace reverse sha256 strlen translate
		typeof unicode`)

	// gatherers give values as long as a table. By themselves they are bounded by the engine's memory; beside each row of
	// another table, or joined to other texts, they would not be. So they stand in the outermost select alone.
	gatherers = set(`array_agg group_concat list listagg string_agg`)

	// joins are how many concatenations a function counts for: a split text takes as much memory as one joined four times.
	joins = map[string]int{"string_split": 4, "str_split": 4, "regexp_extract_all": 4, "json_extract": 1, "regexp_replace": 1, "translate": 2}
)

// refusedNames are columns by their looks, for which the engine calls functions when there is no such column.
var refusedNames = set(`current_catalog current_database current_date current_role current_schema current_time current_timestamp current_user localtime
	localtimestamp session_user user`)

func set(words string) map[string]bool {
	found := map[string]bool{}
	for _, word := range strings.Fields(words) {
		found[word] = true
	}
	return found
}
