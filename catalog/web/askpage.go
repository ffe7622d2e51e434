package web

import (
	"net/url"

	"github.com/fmcg/fmcg/catalog/ask"
	"github.com/fmcg/fmcg/catalog/semantic"
)

// asked is what the page of questions shows.
type asked struct {
	Question string
	Previous []string // before it, as the address has them
	Thread   []turn   // the same, as links
	Next     []string // what is before a follow-up of it
	Answer   *ask.Answer
	Words    []said
	Export   []link
	Examples []string
	Reader   string // whose history is shown
	Waiting  int    // for a review, where the reader may review
}

// turn is one question of a thread, and the address of its answer.
type turn struct{ Question, Address string }

type link struct{ Label, Address string }

// examples are how many example questions the messages have.
const examples = 6

// askPage answers the question of its address: ?q=QUESTION&previous=EARLIER&previous=… A page is a link to be sent.
func (s *Server) askPage(v *visit) error {
	values := v.URL.Query()
	shown := asked{Question: values.Get("q"), Previous: values["previous"], Reader: v.by()}
	shown.Next = shown.Previous
	for i, earlier := range shown.Previous {
		shown.Thread = append(shown.Thread, turn{earlier, askAddress(earlier, shown.Previous[:i])})
	}
	for i := range examples {
		shown.Examples = append(shown.Examples, v.T("ask.example."+string(rune('1'+i))))
	}
	if v.role >= operator {
		if list, err := s.waiting(); err == nil {
			shown.Waiting = len(list.Waiting)
		} else {
			s.log.Error("cannot read the feedback", "id", v.ID, "error", err)
		}
	}
	release, done, err := s.releases.acquire()
	if err != nil {
		return v.pageStatus(errNotReady.status, "empty", page{Title: v.T("ask.title"), Section: "ask"})
	}
	defer done()
	title := v.T("ask.title")
	if shown.Question != "" {
		answer, err := answerTo(v, release, question{Question: shown.Question, Previous: shown.Previous})
		if err != nil {
			return err
		}
		shown.take(answer, release.Ask(v.prefs.Indian))
		title = shown.Question
	}
	return v.page("ask", page{Title: title, Section: "ask", Scripts: []string{"ask.js"}, Data: shown})
}

// take shows an answer. A follow-up of it comes after the questions that it was a follow-up of, and no others.
func (a *asked) take(answer ask.Answer, engine *ask.Engine) {
	a.Answer, a.Words = &answer, saidIn(answer)
	if answer.Status != ask.StatusAnswered {
		return
	}
	thread := append(append([]string{}, a.Previous...), answer.Question)
	for i := len(thread) - 1; i > 0; i-- {
		if !engine.Follows(thread[i], thread[:i]...) {
			thread = thread[i:]
			break
		}
	}
	a.Next = thread[max(0, len(thread)-mostPrevious):]
	for _, format := range []string{"csv", "xlsx"} {
		a.Export = append(a.Export, link{format, "/api/ask/export?format=" + format + "&" + askQuery(answer.Question, a.Previous)})
	}
}

// askAddress is the address of an answer.
func askAddress(question string, previous []string) string {
	return "/ask?" + askQuery(question, previous)
}

func askQuery(question string, previous []string) string {
	values := url.Values{"q": {question}}
	if len(previous) > 0 {
		values["previous"] = previous
	}
	return values.Encode()
}

// said is a piece of a question: a word, or what stands between words.
type said struct {
	Text    string
	Kind    string // of the message role.KIND; "" is no word of weight
	Meaning string
}

// saidIn cuts a question into its words.
func saidIn(answer ask.Answer) (pieces []said) {
	letters, end := []rune(answer.Question), 0
	between := func(to int) {
		if to > end {
			pieces = append(pieces, said{Text: string(letters[end:to])})
		}
	}
	for _, word := range answer.Words {
		between(word.From)
		pieces = append(pieces, said{string(letters[word.From:word.To]), kindOf(word.Role), word.Meaning})
		end = word.To
	}
	between(len(letters))
	return pieces
}

// kindOf is what a reader calls the role of a word.
func kindOf(role string) string {
	switch role {
	case "":
		return "unknown"
	case semantic.RoleAbsent, semantic.RoleUnsafe:
		return "absent"
	case semantic.RoleMeasure:
		return "measure"
	case semantic.RoleDimension, semantic.RoleDistinct:
		return "dimension"
	case semantic.RolePeriod, semantic.RoleTime, semantic.RoleGrain, semantic.RoleRelative, semantic.RoleUnitOfTime, semantic.RoleMonth, semantic.RoleStep:
		return "time"
	case semantic.RoleNumber, semantic.RoleOrdinal, semantic.RoleScale, semantic.RoleThreshold, semantic.RoleHalf:
		return "number"
	case semantic.RoleAggregate, semantic.RoleCalculation, semantic.RoleCompare, semantic.RoleOrder, semantic.RoleNegation, semantic.RoleAnalysis,
		semantic.RoleChart, semantic.RoleMetadata:
		return "how"
	case "value", "drafted":
		return role
	}
	return ""
}
