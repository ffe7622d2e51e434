// Package demo makes a lake up: the files that a parent company and the child it bought would deliver, with invented names,
// a business worth looking at, and every kind of dirt that the business rules name. It is what `fmcg demo` writes, what a fresh
// clone refreshes from, and what the benchmark grows to millions of lines. It needs the standard library only.
//
// # The story
//
// The parent makes sports equipment. It delivers two calendar years of monthly facts, the year before the last day's and the
// last day's own up to its month: last year in one file, this year month by month, January once more with corrections. It
// grows by about an eighth a year, each division has its season (snow in winter, water before the monsoon, everything at the
// festivals in October and November), prices rise in the second year, one line is launched in March 2025 and one fades out by
// August 2025.
//
// The child, "Tavi", sells nutrition to small shops in three cities. It delivers an order file a day, busy on Mondays, quiet
// on Sundays, growing by about one percent a month, with new customers over the year, a launch (Electrolyte Mix Green Mango,
// September 2025), a dying product (Turmeric Milk, gone by November 2025) and a price rise in October 2025. August 2025 is the
// odd month: a flood closes the warehouse, and parent and child sell less than half of what they should.
//
// These events have fixed dates, told around the default last day. A lake that ends elsewhere sees those that fall into it.
//
// # Words
//
// A writing is one of the ways in which the child writes a date. A dirt is one way in which a line goes wrong; a kind is its
// name, "table/reason/how" (see [Summary]). A layout is how an order file is written (line ends, columns, compression). An
// extra is a small order file beside the daily ones. A round is 28 days of the calendar: what is odd about an order file
// depends on its place in the round, so each oddity comes in any lake of 28 days and more, whatever its size.
//
// # What may be relied on
//
// The same Config gives the same bytes on any machine: all arithmetic is in whole numbers, and each file is drawn from a
// source of its own, seeded by Config.Seed and the file's name. (The bytes of the .csv.gz files are those of Go's compressor,
// which a Go release may change; what they unpack to does not.) The bytes of a daily file follow from Seed, RowsPerDay and
// its date, from neither Days nor LastDay: a lake with one more day has the same daily files and one more. (An extra may come
// with it, and with a new month the parent's file, a month of prices and later times of the later files.)
//
// A row has at most one dirt, and none is ambiguous under the rules, so Summary.Planted says exactly what a refresh must find:
// so many duplicates, so many superseded, so many quarantined by each reason. Where files of one table hold the same key, the
// one written later has the later time and the greater path: a folder, which keeps the times given, and S3, which stamps its
// own in order of arrival, give the same warehouse.
//
// # Where the dirt is
//
//   - Daily order files: about 2 % of the lines (dirts in order_dirt.go), and each dirt once a round for certain, however
//     small RowsPerDay is. On days up to the 12th slash dates come day first and month first. On every seventh day two lines
//     of the day before are delivered again.
//   - Layouts by their place in the round (layouts in layouts.go): CRLF, BOM, other column order, an extra column, one with
//     quoted newlines, gzip, an unterminated quote at the end.
//   - Extras near the last day (extras in extras.go): rejected files (a missing column, not UTF-8, empty, semicolons), one with a
//     header only, one whose name has no valid date, one with an awkward name, one directly in orders/.
//   - The first days lie in orders/processed, the last of those also in landing.
//   - Masters and prices: in customers.go, products.go, prices.go and the parent's, each with a "later" or "corrected" file
//     that supersedes rows.
//   - Ignored files: a README, a .DS_Store, a CSV of the parent's that is no table of ours.
//
// Start reading at [Write].
package demo
