/** Tells the one who gets a pack what is in it and how to check it without us. */
export const README = `AUDIT PACK OF AN IMMIGRATION COMPLIANCE LEDGER

What is in it
  manifest.json      what the pack is about, and the SHA-256 of every other file
  report.html/.pdf   the same, to read and to print
  events.jsonl       the events, one JSON object a line, in the order in which they were recorded; in the pack of a worker
                     or an employer also those of others on which its figures depend: its employers, and colleagues with
                     a penalty, whose names are never opened here
  timeline.jsonl     what each event made of what was known until then: state before and after, obligations opened and
                     closed, exposure on that day by what was known then; all of it judged by the one rule book of the
                     pack (see below)
  obligations.jsonl  every obligation as of the day of the pack, with its exposure and the trace of both
  figures.json       exposure in total, by rule and by employer
  personal.jsonl     names and numbers, only where they were asked for; everything else stands without them. "withheld" says
                     whose could not be opened: the key was locked or not there. Who was erased is not in it
  law/               the law as data by which all of it was computed

How to check it
  1. The SHA-256 of each file is the one in manifest.json. The SHA-256 of manifest.json itself was shown when the pack
     was made: it stands for the whole pack.
  2. Each line of events.jsonl is the event in the canonical form of RFC 8785 (names sorted, no blanks). Take
     metadata.hash out of the line and keep the rest as it is: the SHA-256 over these bytes is metadata.hash.
  3. metadata.previousHash of an event is metadata.hash of the event before it in the same stream; of the first event
     of a stream it is sixty-four zeros. Revisions of a stream count up from 0 without a hole.
  4. The hash of the rule book is the SHA-256 over the files of law/shipped and then of law/laid-over, each folder in the
     order of its paths, each file as: path, one zero byte, text, one zero byte.

What the timeline is not
  Every step of timeline.jsonl is judged by the one rule book whose files are in law/, and by the readings that an employer
  had chosen. The ledger's own replay judges each step by the rule book that was in force when the event was recorded, and
  shows the adoption of a rule book as a step. So the two differ where the ledger adopted another rule book in between.
  When each one was adopted is an event of the ledger's law, not of this pack: GET /v1/rule-books of the ledger tells it.

Personal fields are encrypted in events.jsonl ("sealed"); the hashes are taken over the encrypted form, so they can be
checked without a key, before and after the erasure of a person.
Dates without a time are days in Kazakhstan; instants are UTC. Amounts are whole tenge. This is no legal advice.
`;
