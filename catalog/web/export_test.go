package web

// Addresses are the routes, as "GET /api/status".
func (s *Server) Addresses() (found []string) {
	for _, route := range s.routes() {
		found = append(found, route.method+" "+route.path)
	}
	return found
}
