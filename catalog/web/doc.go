// Package web shows the published file in a browser: pages, the JSON API they use, and the house around them - server,
// security, layout, languages. It reads one release at a time, read-only, and follows a new one.
//
// The way of a request: Server.routes lists every address with the role it needs and its handler. Server.handle makes a visit
// of the request and leads it through the steps of admission (admit.go: host, origin, rate, who it is, what they may), then
// to the handler, which returns an error or has answered. Server.fail turns an error into a page or JSON made for people; what
// it was stands in the log, under the id that they see. Handlers that need data are wrapped by onRelease, which holds the
// release open until they are done (release.go): a request that began on a release ends on it.
//
// A page is a template of templates/ that fills the blocks of layout.html, with messages of messages/ (one file a language,
// visit.T), figures formatted by the reader's habits (prefs.go, format.go), and static/ as its JavaScript and style:
// app.js for all pages, chart.js draws {kind, x, y, series, columns, rows}, format.js formats as format.go does. Nothing is
// inline, nothing comes from another host; Apache ECharts is embedded from assets/, where make puts it (static.go).
//
// The dashboard (dashboard.go, tileview.go, dashboardapi.go) is pages of package dashboard: its address holds the selection, each way on
// from a view is a link to another, and dashboard.js puts the new page's parts in place instead of loading it.
//
// A report (report.go) is pages of a dashboard as one file: the same tiles without their ways on, with the scripts and styles of
// static/ put into it by reportfile.go. Server.Report and MakeReport make it for a command, apiReport for the Share menu.
//
// The pages of runs read the journals beside the file too (runs.go); a run that is going is followed by server-sent events
// (events.go, static/runs.js). This package changes nothing: what operators may do is handed in as functions (Operations).
//
// The catalog (catalogpage.go, tablepage.go, qualitypage.go, quarantinepage.go, catalogapi.go) is what package catalog tells of a release,
// read once for each release by its explorer (explorer.go), figures of columns beside the request. usage.go counts what people read;
// freshness.go is what the header of every page says of the data.
//
// The page of questions (askpage.go) is rendered whole by the server, at an address that is the question; ask.js puts the next
// one in its place, results.js switches charts and sorts tables, history.js keeps questions in the browser. What readers think of answers, and what operators make of it (feedback.go, reviewpage.go), is
// kept by package feedback beside the warehouse; verified questions are taken up as they change (verified.go).
//
// SQL of a reader's own (sql.go), on its page (sqlpage.go, static/sql.js) or edited on that of questions, runs under the guard, on an
// engine of its own with few places. npm/editor.js is the editor, bundled into assets/. Saved queries, and the alerts among them
// (queries.go), are kept by package saved.
//
// To add a page: a line in Server.routes, a handler that ends in visit.page, a template, its messages in both languages. To
// add an address of the API: a line in Server.routes, a handler that ends in visit.json, and its description in
// openapi.yaml, without which a test fails.
//
// Start reading at Config, New, Server.Run and Server.routes.
package web
