package sheet

import (
	"io"

	"github.com/fmcg/fmcg/catalog"
)

// Formats write rows, by the ending of a file. The title is that of a workbook's sheet.
var Formats = map[string]func(out io.Writer, rows catalog.Table, title string) error{
	"csv": func(out io.Writer, rows catalog.Table, title string) error {
		return writeCSV(out, rows.Stream(), title)
	},
	"xlsx": func(out io.Writer, rows catalog.Table, title string) error {
		return writeXLSX(out, rows.Stream(), title)
	},
}

// Streams write rows as Formats do, while they come.
var Streams = map[string]func(out io.Writer, rows catalog.Rows, title string) error{"csv": writeCSV, "xlsx": writeXLSX}

// Kinds are the media types of Formats.
var Kinds = map[string]string{
	"csv": "text/csv; charset=utf-8", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
