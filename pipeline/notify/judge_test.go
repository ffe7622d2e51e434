package notify

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fmcg/fmcg/pipeline/journal"
)

// nights lets runs of one warehouse be told to a receiver, one after the other.
type nights struct {
	t         *testing.T
	receiver  *webReceiver
	notifiers *Notifiers
	warehouse string
	seen      int
	count     int
}

func startNights(t *testing.T, config Config, codes ...int) *nights {
	receiver := startWeb(t, append(codes, 200)...)
	config.On = kinds
	config.Webhook = Webhook{URL: Secret(receiver.URL)}
	return &nights{t: t, receiver: receiver, notifiers: newNotifiers(t, config), warehouse: filepath.Join(t.TempDir(), "fmcg.duckdb")}
}

// night tells of a run and returns the messages that arrived, as "kind: title".
func (n *nights) night(state string, quarantined int64, figures ...Figure) []string {
	n.t.Helper()
	started := night.AddDate(0, 0, n.count)
	n.count++
	run := Run{Job: "JOB", Warehouse: n.warehouse, State: state, Started: started, Finished: started.Add(time.Minute),
		Published: &Published{RefreshedAt: started, Quarantine: []QuarantinedRows{{"orders", "unknown_product", quarantined}}}}
	if !run.endedWell() {
		run.Code, run.Error = 1, "it broke"
	}
	n.notifiers.Tell(n.t.Context(), run, figures)
	var messages []string
	requests := n.receiver.got()
	for _, request := range requests[n.seen:] {
		var event Event
		if err := json.Unmarshal([]byte(request.body), &event); err != nil {
			n.t.Fatal(err)
		}
		messages = append(messages, string(event.Kind)+": "+event.Title)
	}
	n.seen = len(requests)
	return messages
}

func wantMessages(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func TestEachFailureIsToldAndItsRecoveryOnce(t *testing.T) {
	n := startNights(t, Config{})
	wantMessages(t, "first success", n.night(journal.Succeeded, 0), "success: JOB succeeded")
	wantMessages(t, "failure", n.night(journal.Failed, 0), "failure: JOB failed")
	wantMessages(t, "second failure", n.night(journal.Cancelled, 0), "failure: JOB cancelled")
	if last := n.receiver.got()[n.seen-1].body; !strings.Contains(last, "the 2nd run in a row since 2025-12-02 02:00 UTC") {
		t.Errorf("the second failure does not say so: %s", last)
	}
	wantMessages(t, "recovery", n.night(journal.UpToDate, 0), "recovery: JOB recovered", "success: JOB up to date")
	if text := n.receiver.got()[n.seen-2].body; !strings.Contains(text, "after 2 that did not, since 2025-12-02 02:00 UTC") {
		t.Errorf("the recovery does not say from what: %s", text)
	}
	wantMessages(t, "after it", n.night(journal.Succeeded, 0), "success: JOB succeeded")
}

func TestARecoveryIsToldAlthoughTheFailureCouldNotBe(t *testing.T) {
	n := startNights(t, Config{}, 404, 404) // the network was away for a night: no failure, then no recovery
	n.night(journal.Failed, 0)
	n.night(journal.Succeeded, 0)
	wantMessages(t, "the night after", n.night(journal.Succeeded, 0), "recovery: JOB recovered", "success: JOB succeeded")
}

func TestARecoveryThatNobodyWantsToHearIsOneNevertheless(t *testing.T) {
	n := startNights(t, Config{})
	n.notifiers.list[0].on = []Kind{Failure}
	for range 2 {
		wantMessages(t, "failure", n.night(journal.Failed, 0), "failure: JOB failed")
		if body := n.receiver.got()[n.seen-1].body; strings.Contains(body, "in a row") {
			t.Errorf("the failure is said to follow another: %s", body)
		}
		wantMessages(t, "recovery", n.night(journal.Succeeded, 0))
	}
}

func TestAnAlertThatIsTakenOutOfTheConfigurationBeginsAnewWhenItIsPutBack(t *testing.T) {
	low := 100.0
	figure := Figure{Rule: AlertRule{Name: "revenue", Below: &low}, Value: 1}
	n := startNights(t, Config{})
	n.notifiers.list[0].on = []Kind{Alert}
	wantMessages(t, "first", n.night(journal.Succeeded, 0, figure), "alert: revenue: 1, below 100")
	wantMessages(t, "taken out", n.night(journal.Succeeded, 0))
	wantMessages(t, "put back", n.night(journal.Succeeded, 0, figure), "alert: revenue: 1, below 100")
}

func TestAnAlertIsToldWhenItsFigureCrossesAThresholdEitherWay(t *testing.T) {
	low, high := 100.0, 1000.0
	revenue := func(value float64) Figure {
		return Figure{Rule: AlertRule{Name: "revenue", Below: &low, Above: &high}, Value: value}
	}
	n := startNights(t, Config{})
	n.notifiers.list[0].on = []Kind{Alert, Recovery, Failure}
	wantMessages(t, "on the threshold", n.night(journal.Succeeded, 0, revenue(100)))
	wantMessages(t, "below", n.night(journal.Succeeded, 0, revenue(99.5)), "alert: revenue: 99.5, below 100")
	wantMessages(t, "still below", n.night(journal.Succeeded, 0, revenue(98)))
	wantMessages(t, "a failed run has no figures", n.night(journal.Failed, 0), "failure: JOB failed")
	wantMessages(t, "still below, run recovered", n.night(journal.Succeeded, 0, revenue(98)), "recovery: JOB recovered")
	wantMessages(t, "from below to above", n.night(journal.Succeeded, 0, revenue(1001)), "alert: revenue: 1001, above 1000")
	wantMessages(t, "back", n.night(journal.Succeeded, 0, revenue(500)), "recovery: revenue: 500, within its threshold again")
	wantMessages(t, "still back", n.night(journal.Succeeded, 0, revenue(500)))
}

func TestAnAlertIsRepeatedOnlyWhenConfigured(t *testing.T) {
	low := 100.0
	figure := Figure{Rule: AlertRule{Name: "revenue", Below: &low, Repeat: true}, Value: 1}
	n := startNights(t, Config{})
	n.notifiers.list[0].on = []Kind{Alert}
	wantMessages(t, "first", n.night(journal.Succeeded, 0, figure), "alert: revenue: 1, below 100")
	wantMessages(t, "second", n.night(journal.Succeeded, 0, figure), "alert: Still revenue: 1, below 100")
}

func TestAQueryThatFailsIsToldAsAFailureAndItsRecovery(t *testing.T) {
	low := 100.0
	rule := AlertRule{Name: "revenue", Below: &low}
	n := startNights(t, Config{})
	n.notifiers.list[0].on = []Kind{Alert, Recovery, Failure}
	broken := Figure{Rule: rule, Err: errors.New("no such column")}
	wantMessages(t, "broken", n.night(journal.Succeeded, 0, broken), "failure: Alert revenue gives no figure")
	wantMessages(t, "still broken", n.night(journal.Succeeded, 0, broken))
	wantMessages(t, "mended", n.night(journal.Succeeded, 0, Figure{Rule: rule, Value: 200}), "recovery: Alert revenue gives a figure again: 200")
}

func TestAnAlertThatNobodyTookIsToldAfterTheNextRun(t *testing.T) {
	low := 100.0
	figure := Figure{Rule: AlertRule{Name: "revenue", Below: &low}, Value: 1}
	n := startNights(t, Config{}, 404)
	n.notifiers.list[0].on = []Kind{Alert}
	n.night(journal.Succeeded, 0, figure)
	wantMessages(t, "the night after", n.night(journal.Succeeded, 0, figure), "alert: revenue: 1, below 100")
}

func TestQuarantineIsToldWhenItGrowsAboveTheThresholdAndWhenItIsBack(t *testing.T) {
	most := int64(10)
	n := startNights(t, Config{QuarantineAbove: &most})
	n.notifiers.list[0].on = []Kind{Quarantine, Recovery}
	wantMessages(t, "at it", n.night(journal.Succeeded, 10))
	wantMessages(t, "above", n.night(journal.Succeeded, 11), "quarantine: rows in quarantine: 11, above 10")
	if body := n.receiver.got()[n.seen-1].body; !strings.Contains(body, "orders unknown_product: 11") {
		t.Errorf("no reasons: %s", body)
	}
	wantMessages(t, "still above", n.night(journal.Succeeded, 12))
	wantMessages(t, "back", n.night(journal.Succeeded, 3), "recovery: rows in quarantine: 3, within its threshold again")
}

func TestAFileOfWhatWasToldThatCannotBeReadIsSaidAndBegunAnew(t *testing.T) {
	n := startNights(t, Config{})
	if err := os.WriteFile(toldPath(n.warehouse), []byte("{"), 0o644); err != nil {
		t.Fatal(err)
	}
	problems := n.notifiers.Tell(t.Context(), Run{Warehouse: n.warehouse, State: journal.Failed, Code: 1}, nil)
	if len(problems) != 1 || !strings.Contains(problems[0].Error(), "begun anew") {
		t.Errorf("problems %v", problems)
	}
	if told, err := readTold(n.warehouse); err != nil || told.Failing == nil || told.Failing.Runs != 1 {
		t.Errorf("told %+v, %v", told, err)
	}
}

func TestAConfigurationThatCannotWorkIsRefused(t *testing.T) {
	one := 1.0
	for say, err := range map[string]error{
		`notify.on: "failures" is none of`: Config{On: []Kind{"failures"}}.Validate(),
		`notify.webhook.kind: "irc"`:       Config{Webhook: Webhook{Kind: "irc"}}.Validate(),
		"notify.email.to: nobody":          Config{Email: Email{Host: "h", From: "a@b.c"}}.Validate(),
		`notify.email: "me" is no address`: Config{Email: Email{Host: "h", From: "me", To: []string{"a@b.c"}}}.Validate(),
		"as it is; use starttls":           Config{Email: Email{Host: "h", From: "a@b.c", To: []string{"a@b.c"}, User: "u", TLS: "none"}}.Validate(),
		"notify.email.host":                Config{Email: Email{From: "a@b.c"}}.Validate(),
		"number 1 has no name":             ValidateAlerts([]AlertRule{{}}),
		"a needs a query":                  ValidateAlerts([]AlertRule{{Name: "a", Below: &one}}),
		"a has no threshold":               ValidateAlerts([]AlertRule{{Name: "a", Query: "select 1"}}),
		`the name "a" is taken`:            ValidateAlerts([]AlertRule{{Name: "a", Query: "select 1", Above: &one}, {Name: "a", Query: "select 1", Above: &one}}),
	} {
		if err == nil || !strings.Contains(err.Error(), say) {
			t.Errorf("error %v, want one with %q", err, say)
		}
	}
}
