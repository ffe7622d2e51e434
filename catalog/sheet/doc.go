// Package sheet writes the rows of a query for people who open them in a spreadsheet, as CSV or XLSX, so that no text of the
// data can be taken for a formula: what lies in a lake was written by others. Nothing is rounded or cut: what a cell cannot hold as
// a number stands there as a text, and rows that a sheet cannot hold are refused.
//
// Start reading at Formats.
package sheet
