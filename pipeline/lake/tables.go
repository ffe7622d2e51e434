package lake

import (
	"path/filepath"
	"slices"
	"strings"
)

// The two companies.
const (
	SourceParent = "parent"
	SourceChild  = "child"
)

const (
	ordersTable     = "orders"
	ordersFolder    = "orders"
	landingFolder   = "orders/landing"
	processedFolder = "orders/processed"
)

// place is a folder of a root in which a table's files lie, under names that begin with a prefix.
type place struct {
	source, folder, prefix string
	table                  string
}

// places is the decision table of the lake (RULES.md, "The lake"). Of two places of an order file with the same age the
// earlier in this table counts.
func places() []place {
	return []place{
		{SourceParent, "", "dim_customers", "parent_dim_customers"},
		{SourceParent, "", "dim_products", "parent_dim_products"},
		{SourceParent, "", "dim_gross_price", "parent_dim_gross_price"},
		{SourceParent, "", "fact_orders", "parent_fact_orders"},
		{SourceChild, "customers", "", "customers"},
		{SourceChild, "products", "", "products"},
		{SourceChild, "gross_price", "", "gross_price"},
		{SourceChild, landingFolder, "", ordersTable},
		{SourceChild, ordersFolder, "", ordersTable},
		{SourceChild, processedFolder, "", ordersTable},
	}
}

// Place is a row of the decision table of the lake: a folder of a source in which the files of a table lie, under names that
// begin with a prefix.
type Place struct {
	Source string `json:"source"`
	Folder string `json:"folder"`
	Prefix string `json:"prefix"`
	Table  string `json:"table"`
}

// Places returns the decision table, for who reads the same lake without this package. Of two places of an order file with
// the same age the earlier counts.
func Places() (table []Place) {
	for _, p := range places() {
		table = append(table, Place{Source: p.source, Folder: p.folder, Prefix: p.prefix, Table: p.table})
	}
	return table
}

// Why something in the lake is no delivered file.
const (
	whyDotFile     = "a dot-file"
	whyMarker      = "a folder marker"
	whyReplaced    = "an older version that a move set aside"
	whyOtherName   = "neither .csv nor .csv.gz"
	whyOtherPrefix = "begins with none of dim_customers, dim_products, dim_gross_price, fact_orders"
	whyNoTable     = "not in a table's folder"
	whyFolder      = "a folder that is not read"
	whyNoFile      = "no regular file"
	whyDeadLink    = "a link to nothing"
)

// foldersOf returns the folders of a source that are looked into: those of its tables and the ones on the way.
func foldersOf(source string) map[string]bool {
	folders := map[string]bool{"": true}
	for _, place := range places() {
		if place.source == source {
			folders[place.folder] = true
		}
	}
	return folders
}

// foreignFolder returns the first folder on the way to a path that is not looked into, with its slash; "" if there is
// none. A marker of a folder is in that folder.
func foreignFolder(path string, folders map[string]bool) string {
	for i := range len(path) {
		if path[i] == '/' && !folders[path[:i]] {
			return path[:i+1]
		}
	}
	return ""
}

// classify returns the table of a path whose folders are all looked into, or why it has none.
func classify(source, path string) (table, why string) {
	folder, name := "", path
	if cut := strings.LastIndexByte(path, '/'); cut >= 0 {
		folder, name = path[:cut], path[cut+1:]
	}
	switch {
	case name == "":
		return "", whyMarker
	case strings.HasPrefix(name, "."):
		return "", whyDotFile
	case !isCSV(name) && strings.Contains(name, replacedMark):
		return "", whyReplaced
	case !isCSV(name):
		return "", whyOtherName
	}
	for _, place := range places() {
		if place.source == source && place.folder == folder && strings.HasPrefix(name, place.prefix) {
			return place.table, ""
		}
	}
	if source == SourceParent {
		return "", whyOtherPrefix
	}
	return "", whyNoTable
}

func isCSV(name string) bool {
	name = strings.ToLower(name)
	return strings.HasSuffix(name, ".csv") || strings.HasSuffix(name, ".csv.gz")
}

// identity returns the name of a file, from its path within the root.
func identity(source, table, path string) string {
	if table == ordersTable {
		return path[strings.LastIndexByte(path, '/')+1:]
	}
	return source + "/" + path
}

// orderFolder returns the folder within the child's root that an order file lies in.
func orderFolder(file File) string {
	folder := strings.TrimSuffix(filepath.ToSlash(file.URI), "/"+file.Name)
	for _, place := range places() {
		if place.table == ordersTable && strings.HasSuffix(folder, "/"+place.folder) {
			return place.folder
		}
	}
	return ""
}

// rank orders the places of an order file, the one that counts first.
func rank(file File) int {
	folder := orderFolder(file)
	return slices.IndexFunc(places(), func(p place) bool { return p.table == ordersTable && p.folder == folder })
}

// Processed says that an order file is where Move takes it.
func Processed(file File) bool {
	return file.Table == ordersTable && orderFolder(file) == processedFolder
}
