package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"github.com/fmcg/fmcg/pipeline/lake"
)

// initialConfig is what fmcg init writes; a test holds that each of its keys is known and none is missing.
const initialConfig = `# fmcg.yaml: flags come over FMCG_* environment variables, over this file, over the defaults.
# Every key can be said in all three: lake here, FMCG_LAKE, --lake.

# Where the files are: s3://bucket/prefix or a folder, holding parent/ and child/ ...
#lake: s3://my-bucket/lake
# ... or the two apart (one alone is fine):
#parent: s3://parent-bucket
#child: s3://child-bucket

# The published file. Releases, journal and lock lie beside it.
#warehouse: warehouse/fmcg.duckdb

# S3. Credentials, region and endpoint come from the AWS SDK's own settings (AWS_PROFILE, AWS_REGION,
# AWS_ENDPOINT_URL_S3, instance roles, SSO ...); no secret belongs in this file.
#role_arn: arn:aws:iam::123456789012:role/fmcg-lake
#external_id: agreed-with-the-owner-of-the-bucket
#s3_path_style: true          # default: true where a custom endpoint is set
#s3_timeout: 30s              # longest silence of the server within one attempt
#httpfs: /opt/fmcg/httpfs.duckdb_extension   # where DuckDB's extension host is out of reach

# Refresh.
#after_load: keep             # or move: loaded order files from landing/ to processed/
#keep_releases: 5             # for fmcg rollback
#keep_journals: 400           # runs whose events are kept for fmcg runs
#no_progress: true            # lines fit for a log, on a terminal too
#memory_limit: 4GB            # the engine spills beyond it
#spill_dir: /var/tmp/fmcg
#threads: 2
#run_timeout: 2h              # how long a run may take; task_timeout: a task of it
#task_timeout: 1h
#readers: 0                   # files read at a time; 0: a core each from a folder, 32 from S3
#sql: sql                     # a SQL tree to run instead of the embedded one
#model: sales.yaml            # a metric view to ask instead of the built-in one, its words beside it
#verified: verified.yaml      # verified questions of fmcg ask; default: fmcg.verified.yaml beside the published file
#verified_check: warn         # verified questions that lose their answer are said; error: nothing is published; off: not asked
#indian: true                 # figures of answers in lakh and crore

# A language model that may draft how a question is read that fmcg ask would ask back; off unless it is set. It is sent the
# question, the names of measures and dimensions, and the values that the question names: no rows, no figures. Answers say so.
# Its key comes from the environment alone: FMCG_ASK_API_KEY.
#ask:                         # any server that speaks OpenAI's chat completions: vLLM, Ollama, llama.cpp ...
#  base_url: http://localhost:11434/v1
#  model: qwen3
#  timeout: 30s               # for a draft, retries included

# Who is told of a run, and of what: failure, recovery, success, quarantine, alert; the default is all but success.
# Secrets belong in the environment: FMCG_WEBHOOK_URL, FMCG_SMTP_PASSWORD, FMCG_HEARTBEAT_URL, or any other as ${NAME}.
# fmcg notify --test tries them out.
#notify:                      # a webhook, mail, a command, a heartbeat: each of them may be left out
#  on: [failure, recovery, quarantine, alert]
#  timeout: 1m                # for all that is sent of a run, retries included
#  quarantine_above: 1000     # rows in quarantine
#  webhook:
#    url: ${TEAM_WEBHOOK}
#    kind: teams              # slack, teams or generic; the host tells when it is left out
#  email:
#    host: mail.example.com
#    port: 587
#    tls: starttls            # or tls, or none (and then no user)
#    user: fmcg
#    password: ${MAIL_PASSWORD}
#    from: fmcg@example.com
#    to: [data@example.com]
#    on: [failure]            # of this one alone
#  command:
#    run: [/srv/fmcg/told.sh] # gets the message as JSON on standard input, and FMCG_EVENT, FMCG_TITLE, FMCG_RUN ...
#  heartbeat_url: ${HEARTBEAT}   # healthchecks.io's convention: URL/start, URL, URL/EXITCODE

# Told after a run that ended well, when a query's one number crosses its threshold, and when it is back.
#alerts:                      # as many as are wanted
#  - name: revenue of the last month
#    query: select sum(total_amount_inr) from gold.vw_fact_orders_enriched where date = (select data_through from ops.freshness)
#    below: 1000000            # or above, or both
#  - name: customers of the last month
#    measure: unique_customers   # of the semantic model, in the last month with data; in place of a query
#    below: 20
#    repeat: false             # true: after each run, as long as it is beyond
#metrics_file: /var/lib/node_exporter/textfile/fmcg.prom

# Made of the dashboard after each run that published, by fmcg refresh, fmcg schedule and the pages; fmcg report --send NAME makes one now.
#reports:                     # as many as are wanted; all but the name may be left out
#  - name: retail
#    board: sales             # and pages: [overview, products]; default: the first board, all pages
#    select: channel=Retailer&compare=year   # as in the address of a dashboard
#    language: fr             # default en; units: crore for lakh and crore
#    formats: [html, pdf]     # png too; pdf and png need Chromium, Chrome or Edge
#    out: reports/retail-{month}   # without the ending; {month} is the last with data, {date} that of the refresh, {run} its run
#    always: false            # true: after runs that found nothing new, too
#    email:                   # by the server of notify.email
#      to: [sales@example.com]
#browser: /usr/bin/chromium   # for pdf and png; default: one of PATH

# fmcg schedule.
#schedule: "02:00"            # or a cron expression: minute hour day month weekday
#schedule_timezone: Asia/Kolkata
#schedule_overlap: queue      # a due time while a run is going: one run afterwards; or skip
#schedule_poll: 5m            # look for new files in the lake so often, and run when there are; default 0: never
#schedule_settle: 2m          # new files must have been the same for so long
#scheduler: true              # fmcg serve starts runs by them too, so that no fmcg schedule is needed

# fmcg serve.
#dashboards: dashboards       # a folder of dashboards (*.yaml) in place of the built-in one
#address: 127.0.0.1:8080      # one that other machines can reach needs users or trusted_proxy
#users: users.htpasswd        # who may log in: lines of bcrypt, htpasswd -B
#operators: [alice]           # the others are viewers
#hosts: [sales.example.com]   # names the server goes by; others are refused
#tls_cert: server.pem
#tls_key: server.key
#trusted_proxy: [10.0.0.7]    # a proxy that says who the user is, in proxy_header, and is believed
#proxy_header: X-Forwarded-User

# Output.
#format: text                 # or json
#log_format: text             # standard error: text or json
#verbose: false
`

// initName is the one command that may name a configuration file that is not there yet.
const initName = "init"

func (a *app) initCommand() *cobra.Command {
	var print, principal, externalID string
	var mayMove, force bool
	command := &cobra.Command{
		Use:   initName,
		Short: "Write an annotated fmcg.yaml, or print the S3 role the lake needs",
		Long: "Writes fmcg.yaml. --print policy, --print trust and --print cloudformation give the least-privilege role for the\n" +
			"lake that is configured (--lake, --parent, --child): one that only reads, or with --move one that may move loaded files.",
		Args: cobra.NoArgs,
		RunE: func(_ *cobra.Command, _ []string) error {
			if print == "" {
				return a.writeConfig(force)
			}
			config, err := a.lakeConfig()
			if err != nil && print != "trust" {
				return err
			}
			config.S3.ExternalID = externalID
			if externalID == "" {
				config.S3.ExternalID = a.settings.ExternalID
			}
			var text string
			switch print {
			case "policy":
				text, err = lake.Policy(config, mayMove)
			case "trust":
				text, err = lake.TrustPolicy(principal, config.S3.ExternalID)
			case "cloudformation":
				text, err = lake.CloudFormation(config, mayMove)
			default:
				err = fmt.Errorf("--print %q is none of policy, trust, cloudformation", print)
			}
			if err != nil {
				return usageError{err}
			}
			fmt.Fprintln(a.stdout, text)
			return nil
		},
	}
	flags := command.Flags()
	flags.StringVar(&print, "print", "", "policy, trust or cloudformation")
	flags.BoolVar(&mayMove, "move", false, "the role may move loaded order files")
	flags.BoolVar(&force, "force", false, "overwrite an existing configuration file")
	flags.StringVar(&principal, "principal", "arn:aws:iam::123456789012:root", "who may assume the role")
	flags.StringVar(&externalID, "external-id", "", "external id of the trust policy")
	return command
}

func (a *app) writeConfig(force bool) error {
	path := a.settings.Config
	if _, err := os.Stat(path); err == nil && !force {
		return usageError{fmt.Errorf("%s is there already; --force overwrites it", path)}
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.WriteFile(path, []byte(initialConfig), 0o644); err != nil {
		return err
	}
	fmt.Fprintf(a.stdout, "Wrote %s. Set the lake in it, then: fmcg check, fmcg refresh.\n", path)
	return nil
}
