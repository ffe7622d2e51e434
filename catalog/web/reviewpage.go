package web

import (
	"net/http"
	"slices"

	"github.com/fmcg/fmcg/catalog/ask/feedback"
	"github.com/fmcg/fmcg/catalog/semantic"
)

// reviewShown is what the operator's list shows.
type reviewShown struct {
	waitingList
	Done     string // what was done to the item that was here
	Verified []semantic.Verified
}

// Asked is the address of an item's answer, as readers see it.
func (reviewShown) Asked(item feedback.Item) string { return askAddress(item.Question, item.Previous) }

// reviewPage lists what waits for a review, and the verified questions.
func (s *Server) reviewPage(v *visit) error {
	list, err := s.waiting()
	if err != nil {
		return err
	}
	shown := reviewShown{waitingList: list}
	if done := v.URL.Query().Get("done"); slices.Contains([]string{"accepted", "rejected"}, done) {
		shown.Done = v.T("review.done." + done)
	}
	if release, done, err := s.releases.acquire(); err == nil {
		defer done()
		shown.Verified = slices.Clone(release.Ask(false).Model.Verified)
		slices.Reverse(shown.Verified) // the newest first
	}
	return v.page("review", page{Title: v.T("review.title"), Section: "ask", Scripts: []string{"ask.js"}, Data: shown})
}

// itemShown is one item with what it would be answered.
type itemShown struct {
	reviewed
	Words   []said
	Problem string
	Note    string
}

// reviewItemPage shows an item as it would be answered, with the SQL that is sent along or its own; accept and reject lead back to the list.
func (s *Server) reviewItemPage(v *visit, release *Release) error {
	if err := v.ParseForm(); err != nil {
		return badForm(err)
	}
	do := act{Action: "propose"}
	if v.Method == http.MethodPost {
		do = act{v.PostForm.Get("action"), v.PostForm.Get("sql"), v.PostForm.Get("note")}
	}
	done, err := s.review(v, release, v.PathValue("id"), do)
	refused := refusalOf(err)
	switch {
	case err != nil && (done.Item == nil || done.Item.ID == "" || refused.status >= http.StatusInternalServerError):
		return err
	case err == nil && do.Action == "accept":
		return v.goOn("/review?done=accepted")
	case err == nil && do.Action == "reject":
		return v.goOn("/review?done=rejected")
	}
	shown, status := itemShown{reviewed: done, Note: do.Note}, http.StatusOK
	if shown.SQL == "" {
		shown.SQL = done.Item.SQL
	}
	if err != nil {
		shown.Problem = problemOf(v, err)
		if v.Method == http.MethodPost {
			status = refused.status
		}
	}
	if done.Answer != nil {
		shown.Words = saidIn(*done.Answer)
	}
	return v.pageStatus(status, "reviewitem", page{Title: done.Item.Question, Section: "ask", Scripts: []string{"ask.js"}, Data: shown})
}

func (v *visit) goOn(address string) error {
	http.Redirect(v, v.Request, address, http.StatusSeeOther)
	return nil
}

// Asked is the address of the item's answer.
func (i itemShown) Asked() string { return askAddress(i.Item.Question, i.Item.Previous) }

// knownShown is all that Ask knows.
type knownShown struct {
	View                 string
	Measures, Dimensions []known
	Roles                []roleWords
}

// roleWords are the words of a role, with what they mean.
type roleWords struct {
	Role  string
	Words []semantic.Word
}

// knownPage shows the view, the measures, the dimensions and the words that Ask knows.
func (s *Server) knownPage(v *visit, release *Release) error {
	model := release.Ask(false).Model
	shown := knownShown{View: model.Source}
	shown.Measures, shown.Dimensions = knownIn(model, v.prefs.Language)
	at := map[string]int{}
	for _, word := range model.Lexicon.Words {
		i, found := at[word.Role]
		if !found {
			i = len(shown.Roles)
			at[word.Role] = i
			shown.Roles = append(shown.Roles, roleWords{Role: word.Role})
		}
		shown.Roles[i].Words = append(shown.Roles[i].Words, word)
	}
	return v.page("known", page{Title: v.T("known.title"), Section: "ask", Scripts: []string{"ask.js"}, Data: shown})
}
