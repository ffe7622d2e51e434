package web

import "github.com/fmcg/fmcg/catalog/ask"

// asked is what the page of questions shows.
type asked struct {
	Question string
	Previous []string
	Answer   *ask.Answer
	Examples []string
}

// askPage answers the question of its address: ?q=QUESTION&p=EARLIER&p=… A page is a link to be sent.
func (s *Server) askPage(v *visit) error {
	values := v.URL.Query()
	shown := asked{Question: values.Get("q"), Previous: values["p"]}
	for i := range 4 {
		shown.Examples = append(shown.Examples, v.T([]string{"ask.example.1", "ask.example.2", "ask.example.3", "ask.example.4"}[i]))
	}
	release, done, err := s.releases.acquire()
	switch {
	case err != nil:
		return v.pageStatus(errNotReady.status, "empty", page{Title: v.T("ask.title"), Section: "ask"})
	case shown.Question != "":
		defer done()
		answer, err := answerTo(v, release, question{Question: shown.Question, Previous: shown.Previous})
		if err != nil {
			return err
		}
		shown.Answer = &answer
	default:
		done()
	}
	title := v.T("ask.title")
	if shown.Question != "" {
		title = shown.Question
	}
	return v.page("ask", page{Title: title, Section: "ask", Scripts: []string{"ask.js"}, Data: shown})
}
