import { EDGE_VARIABLES } from "../local/variables.ts";
import { variablesHelp } from "../local/variables-help.ts";

/** What there is help on: a command, a word that several begin with, or all of it. */
export type Topic = keyof typeof HELP;

const OPTIONS = `Options:
  --json      print one JSON document, and nothing else, on stdout
  -h, --help  print this`;

const NAME = `NAME is a user of the first of SIP_DOMAINS, or user@domain, or a SIP URI.`;

const HELP = {
  "": `Usage: sipwake COMMAND

Users, contacts and calls of a sipwake, whether it runs or not; and the edge
itself.

Commands:
  user add NAME         add a user; asks for the password
  user passwd NAME      give a user another password
  user rights NAME RIGHT…
                        say what a user may begin: calls, messages, where
  user remove NAME      remove a user, with all contacts
  user list             list all users
  user import FILE.csv  add many users, or change their passwords
  contacts AOR          list where a user can be reached
  contacts AOR --remove KEY
                        remove one contact and close its connection
  calls                 list the calls of the last day
  calls CALL-ID         why did it (not) ring? what happened, step by step
  edge                  run sipwake in production
  aws setup-push        have SNS push with a key of Apple's or Google's
  aws check FILE        is a stage's configuration fit to be deployed?

${OPTIONS}
  Both go with every command: sipwake user add --help

Environment, as for the stack that is administered (sipwake edge --help):
  DATA_DIR     where the stack to administer keeps its records [.sipwake]
  SIP_DOMAINS  its domains [localhost]
  RECORDS      lmdb, or dynamodb with TABLE; memory only while it runs [lmdb]

A stack that runs is asked through the socket admin.sock in DATA_DIR, and goes
by its own configuration. If none answers there, the records are opened instead.

Exit status: 0 done, 1 not done, 2 asked wrongly.
`,
  user: `Usage: sipwake user add|passwd|remove NAME
       sipwake user rights NAME RIGHT…
       sipwake user list
       sipwake user import FILE.csv

Users are kept with the records. Those that SIP_USERS and SIP_USERS_FILE declare
are listed, too, and can be changed there only.

${NAME}

${OPTIONS}
`,
  "user add": `Usage: sipwake user add NAME

Adds a user, who can register at once. The password is asked for twice, or, if
stdin is no terminal, is its first line:

  sipwake user add carol
  sipwake user add carol@example.org < password.txt

${NAME}

${OPTIONS}
`,
  "user passwd": `Usage: sipwake user passwd NAME

Gives a user another password, asked for twice, or the first line of stdin if
that is no terminal. Phones that are registered stay so until it is time for
them to register again; to end one now, remove its contact
(sipwake contacts --help).

${NAME}

${OPTIONS}
`,
  "user rights": `Usage: sipwake user rights NAME RIGHT…
       sipwake user rights NAME all|none

Says what a user may begin, and takes away what is not said. A new user may do
all. Each RIGHT is one of:

  calls        place calls, and send all else that is no message
  messages     send messages
  domain:NAME  do that with users of this domain of ours; with those of all
               domains if none is named

  sipwake user rights lobby calls domain:example.org
  sipwake user rights mallory none
  sipwake user rights mallory all

Registering and being called need no right. It holds at once for phones that are
registered by password, within an hour for others. A token that says rights
(JWT_RIGHTS_CLAIM) is believed instead, and as long as it lasts.

${NAME}

${OPTIONS}
`,
  "user remove": `Usage: sipwake user remove NAME

Removes a user with all contacts and stored messages, and closes their
connections.

${NAME}

${OPTIONS}
`,
  "user list": `Usage: sipwake user list

Lists all users with their rights, and for those that the environment declares
the variable that does. Passwords are kept as hashes only, and are not shown.

${OPTIONS}
`,
  "user import": `Usage: sipwake user import FILE.csv
       sipwake user import -

Adds the users of a CSV file (- for stdin), or changes their passwords. A row
each, UTF-8; a first row that says user,password is a heading:

  user,password
  carol,correct horse
  dave@example.org,"battery, staple"

All rows are checked first: if any is wrong, all that are wrong are named, and
nothing is imported.

${OPTIONS}
`,
  contacts: `Usage: sipwake contacts AOR
       sipwake contacts AOR --remove KEY

Lists where a user can be reached: contacts that are online, over which
connection, and dormant ones, that a call wakes by a push. Device tokens are not
shown. --remove ends one: its registration first, its connection then.

  sipwake contacts alice
  sipwake contacts sip:alice@example.org --json
  sipwake contacts alice --remove '<urn:uuid:7a1f6b1e-6f6c-4b8f-9a53>;1'

AOR is a user of the first of SIP_DOMAINS, or user@domain, or a SIP URI. A KEY
often has characters that the shell knows, too: put it into quotes. A phone
whose user may register will often be back soon; remove the user, or change the
password first, to keep it out.

Options:
  --remove KEY  remove the contact with this key
  --json        print one JSON document, and nothing else, on stdout
  -h, --help    print this
`,
  calls: `Usage: sipwake calls [--user NAME] [--limit N]
       sipwake calls CALL-ID

Lists the calls of the last day and those that are going on, the newest first:
who called whom, and what became of it. With a Call-ID, or the beginning of one,
tells what happened to that call, each line with the ms since the INVITE came:
which contacts there were and why each was called or not, pushes, connections,
registrations, answers.

  sipwake calls --user alice
  sipwake calls f81d4fae-7dec-11d0-a765-00a0c91e6bf6@phone.invalid
  sipwake calls f81d4fae

${NAME}
Calls that are going on are seen where records are LMDB's or in memory.

Options:
  --user NAME  only calls that this user made or got
  --limit N    at most so many, 1 to 1000 [50]
  --json       print one JSON document, and nothing else, on stdout
  -h, --help   print this
`,
  edge: `Usage: sipwake edge

Runs sipwake in production: edge, functions and records in one process, set up
by the environment, until SIGTERM or SIGINT. Unlike npm start it serves no pages,
has no users that nobody named, and stands in for no push service: phones that
name one that is not configured are refused (555). SIP_DOMAINS must be set.

Stdout is the log, a JSON object per line. A second signal ends it at once.
docs/self-hosting.md leads from a machine to a ringing phone.

Environment:
${variablesHelp(EDGE_VARIABLES)}

With RECORDS=dynamodb or SNS_APPLICATIONS the AWS SDK's usual variables apply
(AWS_REGION, AWS_ENDPOINT_URL_DYNAMODB, …).

Exit status: 0 stopped when it was told to, 1 not started or not stopped in
time, 2 asked wrongly.
`,
  aws: `Usage: sipwake aws setup-push OPTIONS
       sipwake aws check FILE [--online]

What CloudFormation cannot do for a deployment, and what is better known before.
Credentials and the region are those of the AWS SDK: AWS_PROFILE, or
AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; AWS_REGION.

${OPTIONS}
`,
  "aws setup-push": `Usage: sipwake aws setup-push [--apns-key FILE --key-id ID --team-id ID
         --bundle ID ...] [--fcm FILE] [--feedback-topic ARN]
         [--region REGION] [--dry-run]

Creates SNS's platform applications, named after the apps: for each bundle id
APNS_VOIP, APNS, APNS_VOIP_SANDBOX and APNS_SANDBOX, and GCM for a Firebase
project. Prints SNS_APPLICATIONS, for the stage's file. One that is there is
updated and keeps its endpoints: run it again to rotate a key, or to name the
topic once the stack has been deployed. Keys are sent to SNS and shown nowhere.

  sipwake aws setup-push --apns-key AuthKey_ABCDE12345.p8 --key-id ABCDE12345 \\
    --team-id TEAM123456 --bundle com.example.app --region eu-central-1
  sipwake aws setup-push --fcm service-account.json --dry-run

Options:
  --apns-key FILE       the .p8 file with the key for APNs
  --key-id ID           what Apple calls that key
  --team-id ID          what Apple calls the team whose key it is
  --bundle ID           bundle id of an app; once for each
  --fcm FILE            the JSON file of a Google service account
  --feedback-topic ARN  the SNS topic that hears of dead tokens
  --region REGION       where; else AWS_REGION
  --dry-run             say what would be done, and change nothing
  --json                print one JSON document, and nothing else, on stdout
  -h, --help            print this
`,
  "aws check": `Usage: sipwake aws check FILE [--online]

Checks the file with a stage's parameters (infra/stages/example.env) as the
functions will, and what they would find out too late: names that are none,
secrets that stand there, a region without mobile push, times that API Gateway
and SQS do not have. Names all that is wrong.

  sipwake aws check infra/stages/prod.env
  sipwake aws check infra/stages/prod.env --online

Options:
  --online    also ask AWS whether the platform applications are there
  --json      print one JSON document, and nothing else, on stdout
  -h, --help  print this
`,
} as const;

export function helpOn(topic: Topic): string {
  return HELP[topic];
}
