package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"time"
)

// Files that pages load: our own, and what make puts into assets from npm.
var (
	//go:embed static
	ownFiles embed.FS
	//go:embed assets
	assetFiles embed.FS
)

// chartLibrary is Apache ECharts as a module. Without it tables stand in place of charts.
const chartLibrary = "echarts.js"

// editorLibrary is CodeMirror as a module. Without it a plain field stands in place of the editor.
const editorLibrary = "editor.js"

// static are the files by name, compressed once. Their address bears a hash of them all, so that a browser keeps them for
// good, and never has some of one build and some of another.
type static struct {
	build string
	files map[string]staticFile
}

type staticFile struct {
	kind        string
	body, small []byte // small: gzip, nil where that saves nothing
}

func newStatic() *static {
	s := &static{files: map[string]staticFile{}}
	hash := sha256.New()
	for _, from := range []struct {
		fs.FS
		dir string
	}{{ownFiles, "static"}, {assetFiles, "assets"}} {
		_ = fs.WalkDir(from, from.dir, func(name string, entry fs.DirEntry, err error) error { // embedded: it cannot fail
			if err != nil || entry.IsDir() || path.Ext(name) == ".md" {
				return err
			}
			body, err := fs.ReadFile(from, name)
			short := strings.TrimPrefix(name, from.dir+"/")
			hash.Write([]byte(short))
			hash.Write(body)
			s.files[short] = newStaticFile(short, body)
			return err
		})
	}
	s.build = hex.EncodeToString(hash.Sum(nil))[:12]
	return s
}

func newStaticFile(name string, body []byte) staticFile {
	kinds := map[string]string{".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}
	file := staticFile{kind: kinds[path.Ext(name)], body: body}
	if file.kind == "" {
		file.kind = mime.TypeByExtension(path.Ext(name))
	}
	var small bytes.Buffer
	writer, _ := gzip.NewWriterLevel(&small, gzip.BestCompression)
	_, _ = writer.Write(body)
	_ = writer.Close()
	if small.Len() < len(body)*9/10 {
		file.small = small.Bytes()
	}
	return file
}

func (s *static) address(name string) string { return "/static/" + s.build + "/" + name }

func (s *static) has(name string) bool { _, found := s.files[name]; return found }

// serveStatic serves a file. One of another build is not there: a page that asks for it is to be loaded anew.
func (s *Server) serveStatic(v *visit) error {
	file, found := s.static.files[v.PathValue("file")]
	if !found || v.PathValue("build") != s.static.build {
		return notFound
	}
	header := v.Header()
	header.Set("Content-Type", file.kind)
	header.Set("Cache-Control", "public, max-age=31536000, immutable")
	header.Set("Vary", "Accept-Encoding")
	body := file.body
	if file.small != nil && strings.Contains(v.Request.Header.Get("Accept-Encoding"), "gzip") {
		header.Set("Content-Encoding", "gzip")
		body = file.small
	}
	http.ServeContent(v, v.Request, "", time.Time{}, bytes.NewReader(body))
	return nil
}
