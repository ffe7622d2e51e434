// Package sheet writes the rows of a query for people who open them in a spreadsheet, as CSV or XLSX, so that no text of the
// data can be taken for a formula: what lies in a lake was written by others.
//
// Start reading at Formats.
package sheet
