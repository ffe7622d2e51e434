// Package ask answers questions in plain English or French from the one view, without guessing: every content word of a
// question is accounted for, or the question is not answered.
//
// The way of a question: its words become tokens, each with one role (tokens.go; numbers.go and times.go read numbers and
// periods, misspelt.go corrects; all words are the semantic model's). The parser (read.go, with read_wording.go for words that
// hang on those around them, read_things.go for dimensions, read_rank.go for rankings, read_apart.go for what gets a figure of
// its own and what is compared, read_sets.go and read_only.go for what somebody bought and did not, read_figures.go for
// measures and calculations, read_thresholds.go, periods.go, values.go) takes the tokens step by step into one Query
// (query.go). finish.go holds the law, fills in defaults and says so, and stops what does not fit: a word that no step took
// (account), a Query that has no place for a part (fit.go), a word that was taken and shows nowhere (effect.go). refuse.go
// declines what the data do not hold. From the Query, and from nothing else, come the SQL (sql.go and the files named after
// it), the chart (chart.go) and the text (understood.go, text.go). A short follow-up is laid over the Query before it
// (followup.go). All SQL passes package guard.
//
// A question that the grammar asks back may be drafted by a language model, if Config names a Drafter (draft.go): it is told
// names and what the question names (draft_prompt.go), and writes a Query (draft_query.go) that must hold everything that the
// grammar does understand of the question, account for each word, and come from words alone (draft_law.go). It then takes the
// grammar's own way; package draft is the client. The same question keeps its draft as long as the Engine lives; between
// processes, the same SQL depends on the endpoint.
//
// A question that an engineer has verified is answered by its SQL instead (verified.go), and the check of a refresh holds that
// it still is; package feedback is how it becomes one.
//
// Times are anchored on the last month of the data, never on the clock.
//
// Start reading at Engine.Ask, then parser.read and builder.build.
package ask
