package web

import (
	"strings"
)

// Addresses are the routes, as "GET /api/status".
func (s *Server) Addresses() (found []string) {
	for _, route := range s.routes() {
		found = append(found, route.method+" "+route.path)
	}
	return found
}

func contains(text, part string) bool { return strings.Contains(text, part) }

// WithoutEditor makes the server one that was built without the editor of SQL.
func (s *Server) WithoutEditor() { delete(s.static.files, editorLibrary) }

// WithoutCharts makes the server one that was built without the library of charts.
func (s *Server) WithoutCharts() { delete(s.static.files, chartLibrary) }

// Running is how many statements of readers run.
func (s *Server) Running() int {
	s.places.mu.Lock()
	defer s.places.mu.Unlock()
	return s.places.taken
}
