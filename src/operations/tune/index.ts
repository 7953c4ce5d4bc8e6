// The operations of the toolset `tune`: plan, validate, render, apply, confirm, undo.
import type { Operation } from '../define.ts';
import { applyRenderedPlan } from './apply-rendered-plan.ts';
import {
  deleteCheckpointOperation,
  listCheckpointsOperation,
  rollbackToCheckpointOperation,
  snapshotCheckpoint,
} from './checkpoints.ts';
import { confirmChangeOperation } from './confirm-change.ts';
import { getCard, getProfile, listPolicy } from './policy.ts';
import { recommendPlan } from './recommend-plan.ts';
import { renderChangePlan } from './render-change-plan.ts';
import { validateChangePlan } from './validate-change-plan.ts';

export const tuneOperations: readonly Operation[] = [
  listPolicy,
  getCard,
  getProfile,
  recommendPlan,
  validateChangePlan,
  renderChangePlan,
  applyRenderedPlan,
  confirmChangeOperation,
  snapshotCheckpoint,
  listCheckpointsOperation,
  rollbackToCheckpointOperation,
  deleteCheckpointOperation,
];
