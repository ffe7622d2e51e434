// Package semantic is what the company means by its words: which measures and dimensions there are, how each is computed
// from the one view, what people call them in English and French, and which values the columns hold.
//
// A Model is loaded from four files (Load, Open). sales.yaml is a metric view as Databricks writes it (version 1.1), so
// that definitions carry over; lexicon.yaml holds what that format has no place for: which measures add up, other names
// by language, calculations over measures, aliases of values, defaults, verified questions. en.yaml, fr.yaml and (alike in
// both) both.yaml hold the words of the languages, each under a role and a meaning (see Roles), and nothing of this company. A
// file of its own adds verified questions (AddVerified); Wording says which questions are the same.
//
// An Index holds all distinct values of the text dimensions of one published file and finds the ones that a person wrote
// (Index.Find). Lint checks a model against the real view. Normalize says when two spellings are the same.
//
// Start reading at Model, then Load, Index and Lint.
package semantic
