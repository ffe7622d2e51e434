package notify

import (
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
	"github.com/google/go-cmp/cmp"

	"github.com/fmcg/fmcg/pipeline/journal"
)

var noEnvironment = func(string) (string, bool) { return "", false }

var night = time.Date(2025, 12, 1, 2, 0, 0, 0, time.UTC)

func newNotifiers(t *testing.T, config Config) *Notifiers {
	t.Helper()
	if err := config.Validate(); err != nil {
		t.Fatal(err)
	}
	notifiers, err := New(config, noEnvironment)
	if err != nil {
		t.Fatal(err)
	}
	notifiers.firstPause = time.Millisecond
	return notifiers
}

// sendOne sends a message to the one notifier there is.
func sendOne(t *testing.T, notifiers *Notifiers, event Event) error {
	t.Helper()
	deliveries := notifiers.Send(t.Context(), event)
	if len(deliveries) != 1 {
		t.Fatalf("%d deliveries, want 1", len(deliveries))
	}
	return deliveries[0].Err
}

func failedRun() Run {
	return Run{Job: "FMCG INCREMENTAL UPDATE", ID: "20251201T020000000Z-abcdef", Warehouse: "/srv/fmcg.duckdb", Host: "host", State: journal.Failed, Code: 4,
		Error: "list s3://lake/child: <no route & no host>", Started: night, Finished: night.Add(90 * time.Second),
		Published: &Published{RefreshedAt: night.AddDate(0, 0, -1), Size: 4096, Quarantine: []QuarantinedRows{{"orders", "unknown_product", 3}}}}
}

func failureEvent() Event { return (&told{}).judge(failedRun(), nil)[0] }

func TestAWebhookTakesWhatItsKindWants(t *testing.T) {
	receiver := startWeb(t, 200)
	send := func(kind Dialect) (payload map[string]any) {
		t.Helper()
		if err := sendOne(t, newNotifiers(t, Config{Webhook: Webhook{URL: Secret(receiver.URL), Kind: kind}}), failureEvent()); err != nil {
			t.Fatal(err)
		}
		requests := receiver.got()
		last := requests[len(requests)-1]
		if last.contentType != "application/json" {
			t.Errorf("Content-Type %q", last.contentType)
		}
		if err := json.Unmarshal([]byte(last.body), &payload); err != nil {
			t.Fatal(err)
		}
		return payload
	}

	slack := send(Slack)
	if got, want := slack["text"], "FMCG INCREMENTAL UPDATE failed"; got != want {
		t.Errorf("text of Slack %q, want %q", got, want)
	}
	header := slack["blocks"].([]any)[0].(map[string]any)
	if got := header["text"].(map[string]any)["type"]; header["type"] != "header" || got != "plain_text" {
		t.Errorf("first block of Slack: %v", header)
	}
	if blocks := fmt.Sprint(slack["blocks"]); !strings.Contains(blocks, "&lt;no route &amp; no host&gt;") || strings.Contains(blocks, "<no") {
		t.Errorf("Slack would read <, > and & of an error as its own: %s", blocks)
	}

	teams := send(Teams)
	attachment := teams["attachments"].([]any)[0].(map[string]any)
	content := attachment["content"].(map[string]any)
	got := []any{teams["type"], attachment["contentType"], content["type"], content["version"]}
	if diff := cmp.Diff([]any{"message", "application/vnd.microsoft.card.adaptive", "AdaptiveCard", "1.4"}, got); diff != "" {
		t.Errorf("envelope of Teams (-want +got):\n%s", diff)
	}
	if !strings.Contains(fmt.Sprint(content["body"]), failedRun().Error) {
		t.Errorf("the card does not say the error: %v", content["body"])
	}

	generic := send(Generic)
	for key, want := range map[string]any{"event": "failure", "run": failedRun().ID, "exit_code": 4.0, "seconds": 90.0, "error": failedRun().Error} {
		if got := generic[key]; got != want {
			t.Errorf("%s of the event is %v, want %v", key, got, want)
		}
	}
}

func TestTheHostTellsTheKindOfAWebhook(t *testing.T) {
	for host, want := range map[string]Dialect{
		"hooks.slack.com": Slack, "acme.webhook.office.com": Teams, "prod-01.westeurope.logic.azure.com": Teams,
		"default123.4f.environment.api.powerplatform.com": Teams, "example.com": Generic, "hooks.slack.com.example.com": Generic, "xhooks.slack.com": Generic,
	} {
		if got := dialectOf(host); got != want {
			t.Errorf("%s is %s, want %s", host, got, want)
		}
	}
}

func TestALongErrorIsCutToWhatReceiversTake(t *testing.T) {
	event := failureEvent()
	event.Error, event.Title = strings.Repeat("<&>", 20_000), strings.Repeat("é", 1000)
	for _, block := range slackMessage(event)["blocks"].([]object) {
		most := 3000
		if block["type"] == "header" {
			most = 150
		}
		if got := len([]rune(block["text"].(object)["text"].(string))); got > most {
			t.Errorf("%s of %d characters; Slack takes %d", block["type"], got, most)
		}
	}
	card, err := json.Marshal(teamsMessage(event))
	if err != nil {
		t.Fatal(err)
	}
	if len(card) > 28<<10 {
		t.Errorf("a card of %d bytes; Teams takes 28 KB", len(card))
	}
}

func TestWhatFailsInPassingIsTriedAgainAndWhatIsRefusedIsNot(t *testing.T) {
	for name, test := range map[string]struct {
		codes    []int
		attempts int
		say      string // of the error; "" for none
	}{
		"500 twice":        {[]int{500, 502, 200}, 3, ""},
		"too many":         {[]int{429, 202}, 2, ""},
		"gone":             {[]int{410}, 1, "410 Gone: the URL is mistyped"},
		"other JSON":       {[]int{400}, 1, "set kind"},
		"leads elsewhere":  {[]int{302}, 1, "302"},
		"taken at once":    {[]int{204}, 1, ""},
		"500, then no use": {[]int{500, 403}, 2, "403 Forbidden (2 attempts)"},
	} {
		t.Run(name, func(t *testing.T) {
			receiver := startWeb(t, test.codes...)
			err := sendOne(t, newNotifiers(t, Config{Webhook: Webhook{URL: Secret(receiver.URL)}}), failureEvent())
			if got := len(receiver.got()); got != test.attempts {
				t.Errorf("%d attempts, want %d", got, test.attempts)
			}
			if (err == nil) != (test.say == "") || err != nil && !strings.Contains(err.Error(), test.say) {
				t.Errorf("error %v, want one with %q", err, test.say)
			}
		})
	}
}

// The time limits are of the configuration; no test waits longer than they say, and none measures.
func TestAReceiverThatNeverAnswersIsGivenUp(t *testing.T) {
	release := make(chan struct{})
	slow := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	defer slow.Close()
	defer close(release)
	silent, err := net.Listen("tcp", "127.0.0.1:0") // takes connections and says nothing
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	down := httptest.NewServer(nil)
	down.Close()
	host, port := hostPort(t, silent.Addr().String())
	email := Email{Host: host, Port: port, From: "fmcg@example.com", To: []string{"data@example.com"}}
	for name, config := range map[string]Config{
		"slow webhook": {Webhook: Webhook{URL: Secret(slow.URL)}},
		"webhook down": {Webhook: Webhook{URL: Secret(down.URL)}},
		"silent mail":  {Email: email},
		"command":      {Command: Command{Run: []string{"sleep", "1000"}}},
	} {
		t.Run(name, func(t *testing.T) {
			config.Timeout = 300 * time.Millisecond
			if err := sendOne(t, newNotifiers(t, config), failureEvent()); err == nil {
				t.Error("no error")
			}
		})
	}
}

func TestMailIsSentEncryptedAndWithAPassword(t *testing.T) {
	known := &tls.Config{Certificates: []tls.Certificate{trusted}}
	for _, way := range []string{"", startTLS, implicitTLS, noTLS} {
		t.Run("tls "+way, func(t *testing.T) {
			receiver := startMail(t, known, way == implicitTLS)
			config := Email{Host: receiver.host, Port: receiver.port, TLS: way, User: "fmcg", Password: Secret(receiver.password),
				From: "Fmcg <fmcg@example.com>", To: []string{"data@example.com", "boss@example.com"}}
			if way == noTLS {
				config.User = ""
			}
			if err := sendOne(t, newNotifiers(t, Config{Email: config}), failureEvent()); err != nil {
				t.Fatal(err)
			}
			got := receiver.got()
			if len(got) != 1 {
				t.Fatalf("%d messages, want 1", len(got))
			}
			for _, text := range []string{"Subject: [fmcg] FMCG INCREMENTAL UPDATE failed", failedRun().ID, "no route & no host"} {
				if !strings.Contains(got[0].body, text) {
					t.Errorf("the mail does not say %q:\n%s", text, got[0].body)
				}
			}
			got[0].body = ""
			want := message{user: config.User, from: "fmcg@example.com", to: config.To, encrypted: way != noTLS}
			want.to = []string{"data@example.com", "boss@example.com"}
			if diff := cmp.Diff(want, got[0], cmp.AllowUnexported(message{})); diff != "" {
				t.Errorf("message (-want +got):\n%s", diff)
			}
		})
	}
}

func TestMailThatIsPutOffIsTriedAgainAndARefusedOneIsNot(t *testing.T) {
	known := &tls.Config{Certificates: []tls.Certificate{trusted}}
	busy := &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 0}, Message: "later"}
	unknown := &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "nobody of that name"}
	for name, test := range map[string]struct {
		answers []*smtp.SMTPError
		taken   int
	}{"put off": {[]*smtp.SMTPError{busy}, 1}, "refused": {[]*smtp.SMTPError{unknown}, 0}} {
		t.Run(name, func(t *testing.T) {
			receiver := startMail(t, known, false, test.answers...)
			config := Config{Email: Email{Host: receiver.host, Port: receiver.port, From: "fmcg@example.com", To: []string{"data@example.com"}}}
			err := sendOne(t, newNotifiers(t, config), failureEvent())
			if got := len(receiver.got()); got != test.taken || (err == nil) != (test.taken == 1) {
				t.Errorf("%d messages taken, error %v; want %d", got, err, test.taken)
			}
		})
	}
}

func TestNothingIsGivenToAServerThatDoesNotProveItselfOrOffersNoEncryption(t *testing.T) {
	stranger, _, err := certificate()
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		server *tls.Config
		user   string
	}{
		"unknown certificate":        {&tls.Config{Certificates: []tls.Certificate{stranger}}, "fmcg"},
		"no STARTTLS":                {nil, "fmcg"},
		"no STARTTLS and no account": {nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			receiver := startMail(t, test.server, false)
			config := Config{Timeout: time.Second, Email: Email{Host: receiver.host, Port: receiver.port, User: test.user, Password: Secret(receiver.password),
				From: "fmcg@example.com", To: []string{"data@example.com"}}}
			if err := sendOne(t, newNotifiers(t, config), failureEvent()); err == nil {
				t.Error("no error")
			}
			if got := receiver.got(); len(got) != 0 {
				t.Errorf("it took %v", got)
			}
		})
	}
	web := httptest.NewUnstartedServer(http.NotFoundHandler())
	web.TLS = &tls.Config{Certificates: []tls.Certificate{stranger}}
	web.Config.ErrorLog = log.New(io.Discard, "", 0)
	web.StartTLS()
	defer web.Close()
	err = sendOne(t, newNotifiers(t, Config{Webhook: Webhook{URL: Secret(web.URL)}}), failureEvent())
	if err == nil || !strings.Contains(err.Error(), "certificate") || !strings.Contains(err.Error(), "SSL_CERT_FILE") || strings.Contains(err.Error(), "attempts") {
		t.Errorf("error %v, want one on the certificate, after one attempt", err)
	}
}

func TestNoSecretIsShown(t *testing.T) {
	const token, password = "T0K3N/of-the-hook", "pass-word-that-is-wrong"
	web := startWeb(t, 404)
	down := httptest.NewServer(nil)
	down.Close()
	mail := startMail(t, &tls.Config{Certificates: []tls.Certificate{trusted}}, false)
	email := Email{Host: mail.host, Port: mail.port, User: "fmcg", Password: password, From: "a@example.com", To: []string{"b@example.com"}}
	configs := map[string]Config{
		"refused":       {Webhook: Webhook{URL: Secret(web.URL + "/" + token + "?sig=" + token)}},
		"down":          {Timeout: 200 * time.Millisecond, Webhook: Webhook{URL: Secret(down.URL + "/" + token)}},
		"no such host":  {Timeout: 200 * time.Millisecond, Webhook: Webhook{URL: "http://user:" + password + "@host.invalid/" + token}},
		"wrong login":   {Email: email},
		"told by shell": {Command: Command{Run: []string{"sh", "-c", `echo pass-word-"that-is-wrong" >&2; exit 1`}}, Email: email},
		"heartbeat":     {HeartbeatURL: Secret(web.URL + "/" + token)},
	}
	for name, config := range configs {
		notifiers := newNotifiers(t, config)
		var said []string
		for _, delivery := range notifiers.Send(t.Context(), failureEvent()) {
			said = append(said, fmt.Sprintf("%v %+v", delivery.Err, delivery.Err))
		}
		if config.HeartbeatURL != "" {
			said = append(said, notifiers.Started(t.Context()).Error())
		}
		text := strings.Join(said, "\n") + fmt.Sprintf("%v %+v %#v", config, config, config)
		encoded, err := json.Marshal(config)
		if err != nil {
			t.Fatal(err)
		}
		text += string(encoded)
		if name == "wrong login" && strings.Contains(text, "attempts") {
			t.Errorf("a wrong password is tried again, which may lock the account: %s", text)
		}
		if len(said) == 0 || strings.Contains(text, "T0K3N") || strings.Contains(text, "of-the-hook") || strings.Contains(text, password) {
			t.Errorf("%s: %s", name, text)
		}
	}
	for _, url := range []string{"hooks.example.com/" + token, "ftp://example.com/" + token, "http://exa mple.com/" + token} {
		err := Config{Webhook: Webhook{URL: Secret(url)}, HeartbeatURL: Secret(url)}.Validate()
		if err == nil || strings.Contains(err.Error(), "T0K3N") {
			t.Errorf("%s: %v", url, err)
		}
	}
}

func TestASecretMayComeFromTheEnvironmentAndANotifierWithoutItsOwnIsLeftOut(t *testing.T) {
	receiver := startWeb(t, 200)
	config := Config{Webhook: Webhook{URL: "${TEAM_WEBHOOK}"}, HeartbeatURL: "${NOT_SET}"}
	if err := config.Validate(); err != nil {
		t.Fatal(err)
	}
	notifiers, err := New(config, func(name string) (string, bool) { return receiver.URL + "/team", name == "TEAM_WEBHOOK" })
	if err == nil || !strings.Contains(err.Error(), "heartbeat is left out: the environment variable NOT_SET is not set") {
		t.Errorf("error %v", err)
	}
	if err := sendOne(t, notifiers, failureEvent()); err != nil {
		t.Fatal(err)
	}
	if got := receiver.got()[0].path; got != "/team" {
		t.Errorf("posted to %s", got)
	}
}

func TestANotifierGetsTheKindsItIsFor(t *testing.T) {
	everything, failures := startWeb(t, 200), filepath.Join(t.TempDir(), "failures")
	notifiers := newNotifiers(t, Config{On: []Kind{Success, Failure}, Webhook: Webhook{URL: Secret(everything.URL)},
		Command: Command{Run: []string{"sh", "-c", `echo $FMCG_EVENT >> "$0"`, failures}, On: []Kind{Failure}}})
	for _, kind := range []Kind{Success, Failure, Recovery, Test} {
		for _, delivery := range notifiers.Send(t.Context(), Event{Kind: kind}) {
			if delivery.Err != nil {
				t.Fatal(delivery.Err)
			}
		}
	}
	got, err := os.ReadFile(failures)
	if err != nil {
		t.Fatal(err)
	}
	if want := "failure\ntest\n"; string(got) != want {
		t.Errorf("the command got %q, want %q", got, want)
	}
	if got := len(everything.got()); got != 3 {
		t.Errorf("the webhook got %d messages, want success, failure and test", got)
	}
}

func TestTheHeartbeatFollowsHealthchecksConvention(t *testing.T) {
	receiver := startWeb(t, 200)
	notifiers := newNotifiers(t, Config{HeartbeatURL: Secret(receiver.URL + "/ping/uuid")})
	run := failedRun()
	run.Warehouse = filepath.Join(t.TempDir(), "fmcg.duckdb")
	well := run
	well.State, well.Code, well.Error = journal.UpToDate, 0, ""
	if err := notifiers.Started(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, run := range []Run{run, well} {
		if problems := notifiers.Tell(t.Context(), run, nil); len(problems) > 0 {
			t.Fatal(problems)
		}
	}
	var got []string
	for _, request := range receiver.got() {
		got = append(got, request.path)
	}
	if diff := cmp.Diff([]string{"/ping/uuid/start", "/ping/uuid/4", "/ping/uuid"}, got); diff != "" {
		t.Errorf("pings (-want +got):\n%s", diff)
	}
	if body := receiver.got()[1].body; !strings.Contains(body, "failed (exit code 4)") {
		t.Errorf("body %q", body)
	}
}
