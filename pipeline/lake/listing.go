package lake

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"
)

// Listing is what lies in the lake.
type Listing struct {
	Files    []File   // delivered, sorted by Table and Name
	Shadowed []File   // the other places of order files that lie in several of orders/, landing/ and processed/
	Ignored  []Object // everything else; a folder that is not read is one of them
	Warnings []string // empty or missing folders, names that can't be read
}

// Object is something in the lake that is no delivered file.
type Object struct {
	Path string // within the lake ("child/orders/notes.txt"); ends with a slash for a folder
	URI  string
	Why  string
}

// List asks what lies in the lake: one listing a root, no request for a file. A root that does not exist is an error
// (Refused), unless the roots are parent/ and child/ of one lake and the other one exists.
func (l *Lake) List(ctx context.Context) (Listing, error) {
	var listing Listing
	missing := 0
	delivered := map[string]bool{}
	for _, root := range l.roots {
		entries, exists, err := root.store.list(ctx, foldersOf(root.source))
		if err != nil {
			return Listing{}, err
		}
		if !exists {
			missing++
			if missing == len(l.roots) || !l.config.twins() {
				return Listing{}, root.missing()
			}
			listing.Warnings = append(listing.Warnings, root.source+": missing, nothing at "+root.store.uri(""))
			continue
		}
		listing.add(root, entries, delivered)
	}
	listing.Ignored = slices.DeleteFunc(listing.Ignored, func(o Object) bool { return delivered[o.URI] }) // one root within the other
	listing.shadow()
	return listing, nil
}

func (r root) missing() error {
	return &Error{Op: "list", URI: r.store.uri(""), Kind: Refused, Err: errors.New("there is nothing of that name"),
		Hint: "check the spelling of the folder or prefix, and that it was delivered to"}
}

// add takes in what one root holds; delivered collects the URIs of files and of the folders above them.
func (listing *Listing) add(root root, entries []entry, delivered map[string]bool) {
	tables, folders := map[string]bool{}, map[string]bool{}
	for _, entry := range entries {
		folders[entry.path[:max(strings.LastIndexByte(entry.path, '/'), 0)]] = true
		if entry.folder {
			continue
		}
		uri := root.store.uri(entry.path)
		table, why := "", entry.why
		if why == "" {
			table, why = classify(root.source, entry.path)
		}
		if why != "" {
			listing.Ignored = append(listing.Ignored, Object{Path: root.source + "/" + entry.path, URI: uri, Why: why})
			if (why == whyDeadLink || why == whyNoFile) && isCSV(entry.path) {
				listing.Warnings = append(listing.Warnings, root.source+"/"+entry.path+": "+why)
			}
			continue
		}
		tables[table] = true
		delivered[uri] = true
		for i := range len(uri) {
			if uri[i] == '/' {
				delivered[uri[:i+1]] = true
			}
		}
		listing.Files = append(listing.Files, File{
			Source: root.source, Table: table, Name: identity(root.source, table, entry.path), URI: uri,
			Size: entry.size, LastModified: entry.modified.UTC(), ETag: entry.etag,
		})
	}
	listing.warn(root, tables, folders)
}

// warn tells of the tables of a root that have no file.
func (listing *Listing) warn(root root, tables, folders map[string]bool) {
	for _, place := range places() {
		if place.source != root.source || tables[place.table] {
			continue
		}
		tables[place.table] = true // one warning a table, though orders have three places
		top, _, _ := strings.Cut(place.folder, "/")
		isThere := func(folder string) bool { return folder == top || strings.HasPrefix(folder, top+"/") }
		switch {
		case top == "":
			listing.Warnings = append(listing.Warnings, root.source+": no "+place.prefix+"*.csv in "+root.store.uri(""))
		case slices.ContainsFunc(slices.Collect(maps.Keys(folders)), isThere):
			listing.Warnings = append(listing.Warnings, root.source+"/"+top+": empty, no *.csv in "+root.store.uri(top+"/"))
		default:
			listing.Warnings = append(listing.Warnings, root.source+"/"+top+": missing, nothing at "+root.store.uri(top+"/"))
		}
	}
}

// shadow sorts the files and keeps one place of each order file: the one modified last, in whole seconds; of equal ones
// landing/ before orders/ before processed/.
func (listing *Listing) shadow() {
	slices.SortFunc(listing.Files, func(a, b File) int {
		return cmp.Or(
			strings.Compare(a.Table, b.Table),
			strings.Compare(a.Name, b.Name),
			b.LastModified.Truncate(time.Second).Compare(a.LastModified.Truncate(time.Second)),
			cmp.Compare(rank(a), rank(b)),
		)
	})
	kept := listing.Files[:0]
	for _, file := range listing.Files {
		if last := len(kept) - 1; last >= 0 && kept[last].Table == file.Table && kept[last].Name == file.Name {
			listing.Shadowed = append(listing.Shadowed, file)
			continue
		}
		kept = append(kept, file)
	}
	listing.Files = kept
}

// HalfMoved returns the shadowed order files whose move was killed between copy and delete: they lie in landing/ or
// orders/, and what counts is a copy of the same size in processed/. Move of each finishes it; it compares the contents.
func (listing Listing) HalfMoved() []File {
	processed := map[string]File{}
	for _, file := range listing.Files {
		if Processed(file) {
			processed[file.Name] = file
		}
	}
	var half []File
	for _, file := range listing.Shadowed {
		if copied, found := processed[file.Name]; found && copied.Size == file.Size && !Processed(file) {
			half = append(half, file)
		}
	}
	return half
}

// Conflicts returns the shadowed order files whose content is another than that of the one that counts. Where neither
// sizes nor ETags tell, both are read. One that is gone since it was listed is none.
func (l *Lake) Conflicts(ctx context.Context, listing Listing) ([]File, error) {
	var conflicts []File
	for _, other := range listing.Shadowed {
		is := slices.IndexFunc(listing.Files, func(file File) bool { return file.Table == other.Table && file.Name == other.Name })
		same, err := l.same(ctx, listing.Files[is], other)
		if isKind(err, Vanished) || isKind(err, Changed) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if !same {
			conflicts = append(conflicts, other)
		}
	}
	return conflicts, nil
}

// same says whether two files of one root hold the same content.
func (l *Lake) same(ctx context.Context, a, b File) (bool, error) {
	if a.Size != b.Size {
		return false, nil
	}
	store, first, err := l.locate(a)
	if err != nil {
		return false, err
	}
	_, second, err := l.locate(b)
	if err != nil {
		return false, err
	}
	return store.same(ctx, entry{path: first, size: a.Size, etag: a.ETag}, entry{path: second, size: b.Size, etag: b.ETag})
}
