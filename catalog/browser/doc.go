// Package browser makes PDF and PNG of a page that is one file, by a Chromium that is installed: Find looks for it, PDF and PNG drive
// it through its protocol until every chart of the page stands still. It reaches no network, keeps nothing, and is ended within a
// time limit, whatever it does.
//
// Start reading at Browser.
package browser
