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
#readers: 0                   # files read at a time; 0: a core each from a folder, 32 from S3
#sql: sql                     # a SQL tree to run instead of the embedded one

# Output.
#format: text                 # or json
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
