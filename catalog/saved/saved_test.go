package saved_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fmcg/fmcg/catalog/saved"
)

var (
	anna = saved.Who{Name: "anna"}
	bert = saved.Who{Name: "bert"}
	olga = saved.Who{Name: "olga", Operator: true}
)

func store(t *testing.T) *saved.Store {
	return saved.Beside(filepath.Join(t.TempDir(), "fmcg.duckdb"), func() time.Time { return time.Date(2025, 12, 1, 12, 0, 0, 0, time.UTC) })
}

func create(t *testing.T, s *saved.Store, name, sql string, who saved.Who) saved.Query {
	t.Helper()
	q, err := s.Create(t.Context(), saved.Query{Name: name, SQL: sql}, who)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

func names(t *testing.T, s *saved.Store) (found []string) {
	t.Helper()
	queries, err := s.List()
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range queries {
		found = append(found, q.Name)
	}
	return found
}

func write(t *testing.T, s *saved.Store, text string) {
	t.Helper()
	if err := os.WriteFile(s.Path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func text(t *testing.T, s *saved.Store) string {
	t.Helper()
	found, err := os.ReadFile(s.Path)
	if err != nil {
		t.Fatal(err)
	}
	return string(found)
}

func TestAQueryIsKeptAsItWasSavedInAFileThatPeopleRead(t *testing.T) {
	s := store(t)
	q := create(t, s, "Lines: by month", "select 1 -- it's\n  from t\n\nwhere \"a\" = 'x'\n", anna)
	want := fmt.Sprintf(`# Saved queries. The SQL page of fmcg serve writes them; people may edit them too. Comments stay.
- id: %s
  name: 'Lines: by month'
  sql: |
    select 1 -- it's
      from t

    where "a" = 'x'
  by: anna
  saved_at: 2025-12-01T12:00:00Z
  changed_by: anna
  changed_at: 2025-12-01T12:00:00Z
  version: 1
`, q.ID)
	if diff := cmp.Diff(want, text(t, s)); diff != "" {
		t.Error(diff)
	}
	queries, err := s.List()
	if diff := cmp.Diff([]saved.Query{q}, queries); diff != "" || err != nil {
		t.Error(diff, err)
	}
}

func TestWhoChangesAQueryThatWasChangedMeanwhileIsTold(t *testing.T) {
	s := store(t)
	q := create(t, s, "a", "select 1", anna)
	if _, err := s.Change(t.Context(), q.ID, 1, anna, func(q *saved.Query) { q.SQL = "select 2" }); err != nil {
		t.Fatal(err)
	}
	now, err := s.Change(t.Context(), q.ID, 1, anna, func(q *saved.Query) { q.SQL = "select 3" })
	if !errors.Is(err, saved.ErrChanged) || now.SQL != "select 2\n" || now.Version != 2 {
		t.Errorf("got %v and %+v, want %v and the second version", err, now, saved.ErrChanged)
	}
	if _, err := s.Delete(t.Context(), q.ID, 1, anna); !errors.Is(err, saved.ErrChanged) {
		t.Errorf("deleted as it is not any more: %v", err)
	}
	if _, err := s.Delete(t.Context(), q.ID, 2, anna); err != nil || len(names(t, s)) != 0 {
		t.Errorf("%v, %v are left", err, names(t, s))
	}
	create(t, s, "again", "select 1", anna) // into an empty list
	if got := names(t, s); len(got) != 1 {
		t.Error(got)
	}
}

func TestAQueryIsChangedByItsOwnerOrAnOperatorAndAnAlertByOperatorsAlone(t *testing.T) {
	s := store(t)
	q := create(t, s, "a", "select 1", anna)
	rename := func(q *saved.Query) { q.Name += "+" }
	if _, err := s.Change(t.Context(), q.ID, 1, bert, rename); !errors.Is(err, saved.ErrNotYours) {
		t.Errorf("bert changed anna's: %v", err)
	}
	if _, err := s.Delete(t.Context(), q.ID, 1, bert); !errors.Is(err, saved.ErrNotYours) {
		t.Errorf("bert deleted anna's: %v", err)
	}
	if _, err := s.Change(t.Context(), q.ID, 1, anna, rename); err != nil {
		t.Error(err)
	}
	one := 1.0
	alarmed, err := s.Change(t.Context(), q.ID, 2, olga, func(q *saved.Query) { q.Alert = &saved.Alert{Below: &one} })
	if err != nil || alarmed.By != "anna" || alarmed.ChangedBy != "olga" {
		t.Errorf("%+v, %v", alarmed, err)
	}
	if _, err := s.Change(t.Context(), q.ID, 3, anna, rename); !errors.Is(err, saved.ErrNotYours) {
		t.Errorf("anna changed what is told to others: %v", err)
	}
	if _, err := s.Change(t.Context(), q.ID, 3, olga, rename); err != nil {
		t.Error(err)
	}
}

func TestWhatMakesNoSenseIsRefusedAndNothingIsWritten(t *testing.T) {
	s := store(t)
	q := create(t, s, "Taken", "select 1", anna)
	before := text(t, s)
	two, one := 2.0, 1.0
	for name, c := range map[string]struct {
		change func(*saved.Query)
		want   error
	}{
		"no name":                {func(q *saved.Query) { q.Name = " " }, saved.ErrWrong},
		"two lines":              {func(q *saved.Query) { q.Name = "a\nb" }, saved.ErrWrong},
		"no SQL":                 {func(q *saved.Query) { q.SQL = "\n" }, saved.ErrWrong},
		"a book":                 {func(q *saved.Query) { q.SQL = strings.Repeat("x", saved.LongestSQL+1) }, saved.ErrWrong},
		"an alert of nothing":    {func(q *saved.Query) { q.Alert = &saved.Alert{} }, saved.ErrWrong},
		"an alert of everything": {func(q *saved.Query) { q.Alert = &saved.Alert{Below: &two, Above: &one} }, saved.ErrWrong},
	} {
		if _, err := s.Change(t.Context(), q.ID, 1, olga, c.change); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := s.Create(t.Context(), saved.Query{Name: "taken", SQL: "select 1"}, bert); !errors.Is(err, saved.ErrTaken) {
		t.Errorf("the name of another: %v", err)
	}
	if _, err := s.Change(t.Context(), "nope", 1, olga, func(*saved.Query) {}); !errors.Is(err, saved.ErrUnknown) {
		t.Errorf("none: %v", err)
	}
	if diff := cmp.Diff(before, text(t, s)); diff != "" {
		t.Error(diff)
	}
}

func TestWhatPeopleWroteIntoTheFileStays(t *testing.T) {
	s := store(t)
	write(t, s, `# Ours.
# Ask Berta before you change them.

- name: by hand # without an id
  # what it is for
  description: none
  sql: select 1
# the second
- {id: abc, name: short, sql: select 2, by: anna, version: 7}
`)
	queries, err := s.List()
	if err != nil || len(queries) != 2 || queries[0].ID == "" {
		t.Fatalf("%+v, %v", queries, err)
	}
	create(t, s, "third", "select 3", bert)
	if _, err := s.Change(t.Context(), queries[0].ID, 0, olga, func(q *saved.Query) { q.SQL = "select 11" }); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Change(t.Context(), "abc", 7, anna, func(q *saved.Query) { q.Description = "d" }); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"# Ours.\n# Ask Berta", "name: by hand # without an id", "# what it is for", "# the second", "select 11", "name: third", "version: 8"} {
		if got := text(t, s); !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
}

func TestAFileThatCannotBeReadIsNeverWrittenOver(t *testing.T) {
	for name, broken := range map[string]string{
		"no YAML":          "- name: [",
		"no list":          "name: a",
		"a key of another": "- {name: a, sql: select 1, owner: me}",
		"a name twice":     "- {name: a, sql: select 1}\n- {name: A, sql: select 2}",
		"two documents":    "- {name: a, sql: select 1}\n---\n- {name: b, sql: select 2}",
	} {
		s := store(t)
		write(t, s, broken)
		if _, err := s.List(); err == nil || !strings.Contains(err.Error(), s.Path) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := s.Create(t.Context(), saved.Query{Name: "b", SQL: "select 1"}, anna); err == nil {
			t.Errorf("%s: something was saved", name)
		}
		if got := text(t, s); got != broken {
			t.Errorf("%s: the file is now\n%s", name, got)
		}
	}
}

func TestManySaveAtOnceAndNoneIsLost(t *testing.T) {
	s := store(t)
	const many = 20
	var waiting sync.WaitGroup
	for i := range many {
		waiting.Go(func() {
			own := saved.Beside(strings.TrimSuffix(s.Path, ".queries.yaml")+".duckdb", time.Now)
			if _, err := own.Create(t.Context(), saved.Query{Name: fmt.Sprint("q", i), SQL: "select 1"}, anna); err != nil {
				t.Error(err)
			}
		})
	}
	waiting.Wait()
	if got := names(t, s); len(got) != many {
		t.Errorf("%d are there: %v", len(got), got)
	}
}

func TestQueriesAreFoundByAnyWordsOfTheirs(t *testing.T) {
	s := store(t)
	create(t, s, "Revenue", "select sum(total_amount_inr)", anna)
	create(t, s, "Orders", "select count(*)", bert)
	queries, err := s.List()
	if err != nil {
		t.Fatal(err)
	}
	for words, want := range map[string]int{"": 2, "REVENUE": 1, "count bert": 1, "count anna": 0} {
		if got := saved.Search(queries, words); len(got) != want {
			t.Errorf("%q finds %d", words, len(got))
		}
	}
	if q, err := saved.Find(queries, "revenue"); err != nil || q.Name != "Revenue" {
		t.Errorf("%+v, %v", q, err)
	}
	if _, err := saved.Find(queries, "nope"); !errors.Is(err, saved.ErrUnknown) {
		t.Error(err)
	}
}
