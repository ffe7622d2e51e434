package oracle

import (
	"cmp"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// A table is one of the bronze tables: where its files lie and what columns they must have.
type table struct {
	name     string
	ofParent bool
	// folders hold the files, directly. Of files with the same name and time in several of them the first folder's counts.
	folders []string
	prefix  string
	columns []string
	// byBaseName: a file is known by its base name, whichever of the folders it lies in; else by its path within the lake.
	byBaseName bool
}

const (
	customers           = "customers"
	products            = "products"
	grossPrice          = "gross_price"
	orders              = "orders"
	parentDimCustomers  = "parent_dim_customers"
	parentDimProducts   = "parent_dim_products"
	parentDimGrossPrice = "parent_dim_gross_price"
	parentFactOrders    = "parent_fact_orders"
)

func tables() []table {
	return []table{
		{name: customers, folders: []string{"customers"}, columns: []string{"customer_id", "customer_name", "city"}},
		{name: products, folders: []string{"products"}, columns: []string{"product_name", "product_id", "category"}},
		{name: grossPrice, folders: []string{"gross_price"}, columns: []string{"product_id", "month", "gross_price"}},
		{name: orders, folders: []string{"orders/landing", "orders", "orders/processed"}, byBaseName: true,
			columns: []string{"order_id", "order_placement_date", "customer_id", "product_id", "order_qty"}},
		{name: parentDimCustomers, ofParent: true, folders: []string{"."}, prefix: "dim_customers",
			columns: []string{"customer_code", "customer", "market", "platform", "channel"}},
		{name: parentDimProducts, ofParent: true, folders: []string{"."}, prefix: "dim_products",
			columns: []string{"product_code", "division", "category", "product", "variant"}},
		{name: parentDimGrossPrice, ofParent: true, folders: []string{"."}, prefix: "dim_gross_price",
			columns: []string{"product_code", "price_inr", "year"}},
		{name: parentFactOrders, ofParent: true, folders: []string{"."}, prefix: "fact_orders",
			columns: []string{"date", "product_code", "customer_code", "sold_quantity"}},
	}
}

// owns says whether a file of this name in a folder of the table is one of its files.
func (t table) owns(baseName string) bool {
	ending := strings.ToLower(baseName)
	return !strings.HasPrefix(baseName, ".") &&
		strings.HasPrefix(baseName, t.prefix) &&
		(strings.HasSuffix(ending, ".csv") || strings.HasSuffix(ending, ".csv.gz"))
}

// A file is one version of one file of a table.
type file struct {
	table string
	// name is its identity: what file_name holds in the warehouse.
	name string
	// path is where it lies in the parent's or the child's root.
	path string
	// modified is in whole seconds.
	modified int64
	// folder is the place of its folder in table.folders.
	folder int
}

// newerFile orders the files of dimensions and parent facts: last modified in whole seconds, then path. The greater is the newer.
func newerFile(a, b file) int {
	return cmp.Or(cmp.Compare(a.modified, b.modified), cmp.Compare(a.name, b.name))
}

// betterPlace orders files of the same name in several folders: the newest, then the one in the earlier folder. The greater counts.
func betterPlace(a, b file) int {
	return cmp.Or(cmp.Compare(a.modified, b.modified), cmp.Compare(b.folder, a.folder))
}

// files lists the files of a table by name, each once.
func (t table) files(root fs.FS) ([]file, error) {
	found := map[string]file{}
	for place, folder := range t.folders {
		entries, err := fs.ReadDir(root, folder)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("list %s: %w", folder, err)
		}
		for _, entry := range entries {
			if !t.owns(entry.Name()) {
				continue
			}
			where := path.Join(folder, entry.Name())
			info, err := fs.Stat(root, where)
			if err != nil {
				return nil, fmt.Errorf("look at %s: %w", where, err)
			}
			if info.IsDir() {
				continue
			}
			candidate := file{
				table:    t.name,
				name:     t.identity(where),
				path:     where,
				modified: info.ModTime().Unix(),
				folder:   place,
			}
			known, seen := found[candidate.name]
			if !seen || betterPlace(candidate, known) > 0 {
				found[candidate.name] = candidate
			}
		}
	}
	files := make([]file, 0, len(found))
	for _, f := range found {
		files = append(files, f)
	}
	slices.SortFunc(files, func(a, b file) int { return cmp.Compare(a.name, b.name) })
	return files, nil
}

func (t table) identity(where string) string {
	switch {
	case t.byBaseName:
		return path.Base(where)
	case t.ofParent:
		return path.Join("parent", where)
	default:
		return path.Join("child", where)
	}
}

// A delivery is what lies in a lake: the files of all tables, each loaded as a sheet or rejected.
type delivery struct {
	loaded   map[string][]*sheet
	rejected []RejectedFile
}

func (d delivery) sheets(table string) []*sheet { return d.loaded[table] }

func readLake(parent, child fs.FS) (delivery, error) {
	delivered := delivery{loaded: map[string][]*sheet{}}
	for _, t := range tables() {
		root := child
		if t.ofParent {
			root = parent
		}
		if root == nil {
			continue
		}
		files, err := t.files(root)
		if err != nil {
			return delivery{}, err
		}
		for _, f := range files {
			content, err := fs.ReadFile(root, f.path)
			if err != nil {
				return delivery{}, fmt.Errorf("read %s: %w", f.path, err)
			}
			loaded, kind := readSheet(t, f, content)
			if kind != "" {
				delivered.rejected = append(delivered.rejected, RejectedFile{TableName: t.name, FileName: f.name, Kind: kind})
				continue
			}
			delivered.loaded[t.name] = append(delivered.loaded[t.name], loaded)
		}
	}
	slices.SortFunc(delivered.rejected, func(a, b RejectedFile) int {
		return cmp.Or(cmp.Compare(a.TableName, b.TableName), cmp.Compare(a.FileName, b.FileName))
	})
	return delivered, nil
}

// unpacked is the text of a .csv.gz file; ok is false where it is no whole gzip file.
func unpacked(packed io.Reader) (content []byte, ok bool) {
	reader, err := gzip.NewReader(packed)
	if err != nil {
		return nil, false
	}
	content, err = io.ReadAll(reader)
	return content, err == nil
}
