"""What endpoints about workflows work with."""

from typing import Annotated

from fastapi import Depends, Header, Path

from app.audit.deps import Trail
from app.auth.callers import Caller
from app.auth.deps import requires
from app.auth.transactions import Work
from app.authorizations.repository import AuthorizationRepository
from app.graph.limits import GraphLimits
from app.http.deps import ResourcesDep
from app.http.etags import IfMatch
from app.http.optional import NEVER_NULL
from app.workflows.authorized import AuthorizationCheck
from app.workflows.call_graph import CallGraph
from app.workflows.calls import CallCheck
from app.workflows.judgement import Judge
from app.workflows.repository import WorkflowRepository
from app.workflows.service import WorkflowService
from app.workflows.tokens import WebhookTokens

Reader = Annotated[Caller, requires("workflows:read")]
Writer = Annotated[Caller, requires("workflows:write")]
WorkflowId = Annotated[str, Path(alias="workflowId", description="The workflow's id, `fl_…`.")]


async def judge(held: ResourcesDep) -> Judge:
    return Judge(GraphLimits(nodes=held.settings.limits.nodes))


JudgeDep = Annotated[Judge, Depends(judge)]


async def workflow_service(held: ResourcesDep, work: Work, judging: JudgeDep, trail: Trail) -> WorkflowService:
    tokens = WebhookTokens(held.keyring, held.settings.public_url)
    check = AuthorizationCheck(AuthorizationRepository(work))
    calls, planned = CallCheck(CallGraph(work)), work.look_at_schedule
    workflows = WorkflowRepository(work)
    return WorkflowService(workflows, work.org_id, judging, check, calls, tokens, trail, held.clock, held.ids, planned)


Workflows = Annotated[WorkflowService, Depends(workflow_service)]


async def if_match(
    header: Annotated[
        str | None,
        NEVER_NULL,
        Header(alias="If-Match", description="The `ETag` of the version that the change is meant for."),
    ] = None,
) -> IfMatch:
    return IfMatch(header)


Expected = Annotated[IfMatch, Depends(if_match)]
