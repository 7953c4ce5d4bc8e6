// Judges the wished HTB classes: ids, parents, rates against the parent, and whether traffic reaches each.
import type { Finding } from '../../model/finding.ts';
import { error, warning } from '../../model/finding.ts';
import { canonicalClass, minorOf, parentOf, rateError, reservedMinors, topClass } from './htb-tree.ts';
import type { ClassPart } from './part.ts';
import { bucketProblem, mbitText } from './units.ts';

export interface CheckInput {
  classes: readonly ClassPart[];
  rootBits: number;
  /** Minor of the default class, if the plan names one. */
  defaultMinor: string | undefined;
}

const at = (index: number, field?: string): string =>
  `changes.htb_classes[${index}]${field === undefined ? '' : `.${field}`}`;

const checkIds = (classes: readonly ClassPart[]): Finding[] =>
  classes.flatMap((part, index) => {
    const id = canonicalClass(part.classid);
    if (id === '1:' || reservedMinors.includes(minorOf(id))) {
      return [
        error(
          at(index, 'classid'),
          'invalid_argument',
          `class ${part.classid} is netmcp's own`,
          'Use a minor number from 2 to fffe, such as 1:10.',
        ),
      ];
    }
    const first = classes.findIndex((other) => canonicalClass(other.classid) === id);
    return first < index
      ? [
          error(
            at(index, 'classid'),
            'invalid_argument',
            `class ${part.classid} is given twice`,
            `Give it another classid than changes.htb_classes[${first}].`,
          ),
        ]
      : [];
  });

const checkParents = (classes: readonly ClassPart[]): Finding[] =>
  classes.flatMap((part, index) => {
    const seen = new Set([canonicalClass(part.classid)]);
    let parent = parentOf(part);
    while (parent !== topClass) {
      if (seen.has(parent)) {
        return [
          error(
            at(index, 'parent'),
            'invalid_argument',
            `class ${part.classid} is below itself`,
            'Give a parent that leads to 1:1, or none.',
          ),
        ];
      }
      seen.add(parent);
      const above = classes.find((other) => canonicalClass(other.classid) === parent);
      if (above === undefined) {
        return [
          error(
            at(index, 'parent'),
            'invalid_argument',
            `there is no class ${parent} to be the parent of ${part.classid}`,
            'Add that class, or leave parent out.',
          ),
        ];
      }
      parent = parentOf(above);
    }
    return [];
  });

const checkRates = ({ classes, rootBits }: CheckInput): Finding[] =>
  classes.flatMap((part, index) => {
    const above = classes.find((other) => canonicalClass(other.classid) === parentOf(part));
    const burst = part.burst_bytes === undefined ? undefined : bucketProblem(part.burst_bytes, part.rate_bit);
    const parentCeil = above?.ceil_bit ?? rootBits;
    return [
      ...(part.rate_bit > part.ceil_bit
        ? [
            error(
              at(index, 'rate_mbit'),
              'rate_exceeds_ceil',
              `rate ${mbitText(part.rate_bit)} is above the class's own ceil ${mbitText(part.ceil_bit)}`,
              'Raise ceil_mbit or lower rate_mbit.',
            ),
          ]
        : []),
      ...(part.ceil_bit > parentCeil
        ? [
            rateError(
              at(index, 'ceil_mbit'),
              `ceil ${mbitText(part.ceil_bit)} is above the ${mbitText(parentCeil)} of its parent ${parentOf(part)}`,
              "Lower ceil_mbit, or raise the parent's.",
            ),
          ]
        : []),
      ...(burst === undefined
        ? []
        : [error(at(index, 'burst'), 'invalid_argument', burst, 'Change burst, or leave it out.')]),
    ];
  });

const checkSums = ({ classes, rootBits }: CheckInput): Finding[] =>
  [...new Set(classes.map(parentOf))].flatMap((parent) => {
    const sum = classes.filter((part) => parentOf(part) === parent).reduce((total, part) => total + part.rate_bit, 0);
    const limit = classes.find((part) => canonicalClass(part.classid) === parent)?.rate_bit ?? rootBits;
    return sum <= limit
      ? []
      : [
          rateError(
            'changes.htb_classes',
            `the classes below ${parent} are guaranteed ${mbitText(sum)} together, and it has ${mbitText(limit)}`,
            'Lower their rate_mbit or raise the parent.',
          ),
        ];
  });

const checkTraffic = ({ classes, defaultMinor }: CheckInput): Finding[] =>
  classes.flatMap((part, index) => {
    const id = canonicalClass(part.classid);
    const inner = classes.some((other) => other !== part && parentOf(other) === id);
    const isDefault = defaultMinor === minorOf(id);
    if (inner && part.matched) {
      return [
        error(
          at(index, 'match'),
          'invalid_argument',
          `class ${part.classid} has classes below it, so no packet can stay in it`,
          'Give the match to one of the classes below.',
        ),
      ];
    }
    if (inner && isDefault) {
      return [
        error(
          'changes.qdisc.params.default',
          'invalid_argument',
          `the default class ${part.classid} has classes below it`,
          'Name a class without classes below it.',
        ),
      ];
    }
    if (inner || part.matched || isDefault) return [];
    return [
      warning(
        at(index),
        'unreachable_class',
        `no traffic reaches class ${part.classid}: it has no match and is not the default class`,
        'Add match, for example {"dscp": "EF"} or {"proto": "tcp", "dports": [443]}, or name the class in qdisc.params.default.',
      ),
    ];
  });

/** Rates and traffic are judged only once ids and parents make a tree. */
export const checkClasses = (input: CheckInput): Finding[] => {
  const shape = [...checkIds(input.classes), ...checkParents(input.classes)];
  return shape.length > 0 ? shape : [...checkRates(input), ...checkSums(input), ...checkTraffic(input)];
};
